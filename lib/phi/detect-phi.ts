import type { Finding, Report } from './finding';
import { type FoldedText, foldText } from './fold-text';
import { recogniseIban, recogniseRouting } from './recognise-bank';
import { recogniseCards } from './recognise-cards';
import { recogniseEmail, recogniseSpokenEmail } from './recognise-email';
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
/** What no person has: ids of records, and the like. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Identifiers of people in a text: spans in UTF-16 units, sorted, none overlapping another. Takes time in proportion to the text whatever stands in it, and
 * keeps nothing. What it does not find may still be there: docs/detection.md has how much of a labelled corpus it finds.
 */
export function detectPhi(text: string, options: DetectOptions = {}): Finding[] {
  const signs = lookFor(text);
  if (signs === 0 || (text.length === 36 && UUID.test(text))) return NOTHING;
  const folded: FoldedText = signs & FOREIGN ? foldText(text) : { text, places: null };
  const scan = new Scan(folded.text, options.hint);
  const raw: Finding[] = [];
  const report: Report = (type, start, end, score, rule) => raw.push({ type, start, end, score, rule });
  // Folding may have brought out what was not to be seen before.
  const has = signs & FOREIGN ? -1 : signs;
  if (has & AT) recogniseEmail(scan, report);
  if (has & DOT_WORD) recogniseSpokenEmail(scan, report);
  if (has & (COLON | DOT_WORD | WWW)) recogniseUrl(scan, report);
  if (has & DIGITS) {
    if (has & COLON) recogniseIpv6(scan, report);
    recogniseIpv4(scan, report);
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
  if (raw.length === 0) return NOTHING;
  const findings = resolveOverlaps(raw);
  const { places } = folded;
  if (places !== null)
    for (const finding of findings) {
      finding.start = places[finding.start];
      // Whatever is hidden after the last unit goes with it.
      finding.end = places[finding.end];
    }
  return findings;
}

const AT = 1;
const COLON = 2;
const DIGITS = 4;
const CAPITALS = 8;
const FOREIGN = 16;
const DOT_WORD = 32;
const WWW = 64;

/** One look over the text for the signs without which no recogniser would find anything: most of what agents send ends here. */
function lookFor(text: string): number {
  let signs = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 97 && code <= 122) continue;
    if (code >= 48 && code <= 57) signs |= DIGITS;
    else if (code >= 65 && code <= 90) signs |= CAPITALS;
    else if (code === 64) signs |= AT;
    else if (code === 58) signs |= COLON;
    else if (code >= 0x80) signs |= FOREIGN;
  }
  if (text.length >= 12) {
    if (text.includes(' dot ')) signs |= DOT_WORD;
    if (text.includes('www.')) signs |= WWW;
  }
  return signs;
}
