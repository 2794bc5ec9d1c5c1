import type { Finding, Report } from './finding';
import { type FoldedText, foldText } from './fold-text';
import { recogniseAddresses } from './recognise-addresses';
import { recogniseAges, recogniseSpokenAges } from './recognise-ages';
import { recogniseIban, recogniseRouting } from './recognise-bank';
import { recogniseCards } from './recognise-cards';
import { recogniseDates } from './recognise-dates';
import { recogniseDiagnoses } from './recognise-diagnoses';
import { recogniseEmail, recogniseSpokenEmail } from './recognise-email';
import { recogniseLabelled } from './recognise-labelled';
import { recogniseNames, recogniseSpokenNames } from './recognise-names';
import { recogniseIpv4, recogniseIpv6, recogniseUrl } from './recognise-network';
import { recogniseMbi, recogniseNhs, recogniseNino, recogniseSsn } from './recognise-person-numbers';
import { recognisePhone } from './recognise-phone';
import { recogniseDea, recogniseNpi, recogniseVin } from './recognise-registrations';
import { resolveOverlaps } from './resolve-overlaps';
import { Scan } from './scan';

export type { Finding, PhiType } from './finding';
export { PHI_TYPES } from './finding';

export interface DetectOptions {
  /** What the text is said to be, such as the name of the member that holds it (`date_of_birth`): counts as words that stand before it. */
  hint?: string;
}

const NOTHING: Finding[] = [];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TIME_STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** Members of which a short code or a time stamp says something about somebody. */
const OF_A_PERSON = /age|birth|dob|death|died|admi|discharg|visit|diag|dx|icd|cond/i;
const SHORT_ID = /^[A-Za-z]*[-_/#.]?\d{0,3}(?:[-_.][a-z\d]{0,3})?$/;

/**
 * Identifiers of people in a text: spans in UTF-16 units, sorted, none overlapping another. Takes time in proportion to the text whatever stands in it, and
 * keeps nothing. What it does not find may still be there: docs/detection.md has how much of a labelled corpus it finds.
 */
export function detectPhi(text: string, options: DetectOptions = {}): Finding[] {
  const signs = lookFor(text);
  if (signs === 0 || isMachines(text, signs, options.hint)) return NOTHING;
  const { text: folded, places }: FoldedText = signs & FOREIGN ? foldText(text) : { text, places: null };
  const scan = new Scan(folded, options.hint);
  const raw: Finding[] = [];
  // Folding may have brought out what was not to be seen before.
  recognise(scan, signs & FOREIGN ? -1 : signs, (type, start, end, score, rule) => raw.push({ type, start, end, score, rule }));
  if (raw.length === 0) return NOTHING;
  const findings = resolveOverlaps(raw);
  if (places !== null)
    for (const finding of findings) {
      finding.start = places[finding.start];
      // Whatever is hidden after the last unit goes with it.
      finding.end = places[finding.end];
    }
  return findings;
}

function recognise(scan: Scan, has: number, report: Report): void {
  if (has & AT) recogniseEmail(scan, report);
  if (has & DOT_WORD) recogniseSpokenEmail(scan, report);
  if (has & (COLON | WWW)) recogniseUrl(scan, report);
  if (has & DIGITS && has & COLON) recogniseIpv6(scan, report);
  if (has & FIVE_DIGITS) {
    recogniseSsn(scan, report);
    recogniseCards(scan, report);
    recognisePhone(scan, report);
    recogniseNpi(scan, report);
    recogniseDea(scan, report);
    recogniseVin(scan, report);
    recogniseIban(scan, report);
    recogniseRouting(scan, report);
    recogniseNhs(scan, report);
    recogniseNino(scan, report);
    recogniseMbi(scan, report);
  }
  if (has & DIGITS) {
    recogniseIpv4(scan, report);
    recogniseLabelled(scan, report);
    recogniseDates(scan, report);
    recogniseAges(scan, report);
    recogniseDiagnoses(scan, report);
    recogniseAddresses(scan, report);
  }
  if (has & CAPITALS) recogniseNames(scan, report);
  if (has & NAME_IS) recogniseSpokenNames(scan, report);
  if (has & NINETY) recogniseSpokenAges(scan, report);
}

/** Ids, time stamps and short codes, of which most details consist: nobody's, and not worth a scan. */
function isMachines(text: string, signs: number, hint: string | undefined): boolean {
  if (text.length > 36 || (signs & DIGITS) === 0 || signs & (AT | FOREIGN)) return false;
  if (text.length === 36) return UUID.test(text);
  if (hint !== undefined && OF_A_PERSON.test(hint)) return false;
  return signs & FIVE_DIGITS ? TIME_STAMP.test(text) : SHORT_ID.test(text);
}

const AT = 1;
const COLON = 2;
const DIGITS = 4;
const CAPITALS = 8;
const FOREIGN = 16;
const DOT_WORD = 32;
const WWW = 64;
const NINETY = 128;
const NAME_IS = 256;
const FIVE_DIGITS = 512;

/** One look over the text for the signs without which no recogniser would find anything: most of what agents send ends here. */
function lookFor(text: string): number {
  let signs = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 97 && code <= 122) continue;
    if (code >= 48 && code <= 57) digits += 1;
    else if (code >= 65 && code <= 90) signs |= CAPITALS;
    else if (code === 64) signs |= AT;
    else if (code === 58) signs |= COLON;
    else if (code >= 0x80) signs |= FOREIGN;
  }
  if (digits > 0) signs |= digits >= 5 ? DIGITS | FIVE_DIGITS : DIGITS;
  if (text.length >= 12) {
    if (text.includes(' dot ')) signs |= DOT_WORD;
    if (text.includes('ame is ')) signs |= NAME_IS;
    if (text.includes('www.')) signs |= WWW;
    if (text.includes('inety') || text.includes('undred')) signs |= NINETY;
  }
  return signs;
}
