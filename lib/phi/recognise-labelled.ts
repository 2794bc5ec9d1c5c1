import type { PhiType, Report } from './finding';
import { DIGIT, type Scan } from './scan';

/** Words, or pairs of words, that say which number follows. */
const LABELS = new Map<string, PhiType>();
const label = (type: PhiType, words: string) => {
  for (const word of words.split(',')) LABELS.set(word.trim(), type);
};
label(
  'mrn',
  'mrn, mrns, medical record, patient id, patient number, patient no, patient identifier, chart number, chart no, chart id, record locator',
);
label(
  'mrn',
  'hospital number, hospital no, hospital id, unit number, encounter number, encounter id, encounter, accession, accession number, csn, emr, ehr',
);
label('mrn', 'specimen, specimen id, specimen number, medical id, mpi, empi');
label(
  'account_number',
  'account, account number, accounts, acct, a/c, iban, checking, savings, brokerage, loan, loan number, mortgage, sort code',
);
label(
  'account_number',
  'policy number, policy no, policy id, policy, claim number, claim no, claim id, member id, member number, member no, membership',
);
label(
  'account_number',
  'membership number, subscriber id, subscriber number, subscriber, group number, beneficiary number, insurance id, insurance number',
);
label(
  'account_number',
  'guarantor, customer number, customer id, customer no, client number, client id, client no, deposit, portfolio, ira, annuity',
);
label(
  'license_number',
  'license, licence, dl, passport, passport number, passport no, driver license, drivers license, license number, licence number',
);
label(
  'license_number',
  'bar number, bar no, bar id, plate, license plate, registration plate, visa number, permit number, certificate number, green card, alien number',
);

/** Words that may stand between a label and its number. */
const BETWEEN = new Set(
  'number no nr num id identifier code plate is was as of the my your his her their our for patient member card new old s following account record reads ref reference locator'.split(
    ' ',
  ),
);
/** Written short, with a full stop that ends no sentence. */
const SHORT = new Set(['no', 'nr', 'num', 'acct', 'lic', 'ref', 'pol']);
/** A label before one of these is about something else: `account ending 1234` is a part that may be shown, `account 3 of 5` a count. */
const MAX_BACK = 5;
/** Of the US immigration service, as it is printed. */
const A_NUMBER = /A\d{3}-\d{3}-\d{3}/y;

/** Numbers that nothing but a word beside them tells from others: medical records, accounts, policies, members, licences. */
export function recogniseLabelled(scan: Scan, report: Report): void {
  for (const i of scan.mixed) {
    A_NUMBER.lastIndex = scan.starts[i];
    const found = A_NUMBER.exec(scan.text);
    if (found === null || scan.isGlued(scan.starts[i], scan.starts[i] + found[0].length)) continue;
    report('license_number', scan.starts[i], scan.starts[i] + found[0].length, 0.7, 'alien_number');
  }
  let from = 0;
  for (let i = 0; i < scan.length; i += 1) {
    if ((scan.kinds[i] & DIGIT) === 0 || scan.starts[i] < from) continue;
    // One or two digits on their own are no number of anybody.
    if (scan.size(i) < 4 && (scan.gap(i)?.length !== 1 || scan.size(i + 1) < 2)) continue;
    const type = findLabel(scan, i);
    if (type === null) continue;
    const end = takeNumber(scan, i);
    if (end === -1) continue;
    // A prefix of letters before the number belongs to it: `MRN HX-004819`.
    const start = startOfPrefix(scan, i);
    report(type, start, end, 0.8, 'labelled_number');
    from = end;
  }
}

function findLabel(scan: Scan, index: number): PhiType | null {
  let prefix = true;
  for (let i = index - 1; i >= 0 && index - i <= MAX_BACK; i -= 1) {
    // The sentence before is about something else.
    const gap = scan.gap(i);
    if (gap === null || /[!?;]|\n\n/.test(gap) || (/\.\s/.test(gap) && !SHORT.has(scan.word(i)))) return null;
    const word = scan.word(i);
    const pair = LABELS.get(`${scan.word(i - 1)} ${word}`);
    if (pair !== undefined) return pair;
    const type = LABELS.get(word);
    if (type !== undefined) return type;
    const isPrefix = prefix && i === index - 1 && scan.size(i) <= 4 && /^[-#:.]$/.test(gap);
    prefix = false;
    if (!BETWEEN.has(word) && !isPrefix) return null;
  }
  if (index > MAX_BACK) return null;
  for (const word of scan.hint) {
    const type = LABELS.get(word);
    if (type !== undefined && word.includes(' ')) return type;
    if (type === 'mrn' || (type === 'account_number' && word === 'account') || (type === 'license_number' && word !== 'license'))
      return type;
  }
  return null;
}

function startOfPrefix(scan: Scan, index: number): number {
  const gap = index > 0 ? scan.text.slice(scan.ends[index - 1], scan.starts[index]) : '';
  return gap === '-' && scan.size(index - 1) <= 4 && !LABELS.has(scan.word(index - 1)) && !BETWEEN.has(scan.word(index - 1))
    ? scan.starts[index - 1]
    : scan.starts[index];
}

/** Where the number ends that begins at a word: words with digits joined by one hyphen, slash, dot or space; -1 with fewer than five digits. */
function takeNumber(scan: Scan, index: number): number {
  let digits = countDigits(scan, index);
  let last = index;
  while (last - index < 5) {
    const gap = scan.gap(last);
    const next = last + 1;
    if (gap === null || gap.length !== 1 || !'-/. '.includes(gap)) break;
    const isNumber = scan.kinds[next] === DIGIT && (gap !== '.' || scan.size(next) > 1);
    const isPart = gap === '-' && scan.size(next) <= 6;
    if (!isNumber && !isPart) break;
    // After a space only groups as people part long numbers: `00 48 19 3`.
    if (gap === ' ' && (scan.size(next) < 2 || scan.size(next) > 4 || scan.size(last) > 6)) break;
    digits += countDigits(scan, next);
    last = next;
  }
  const text = scan.text.slice(scan.starts[index], scan.ends[last]);
  // Dates, sums and years stand beside the same words.
  if (/^\d{1,2}([/.-])\d{1,2}\1\d{2,4}$|^\d{4}-\d{2}-\d{2}$|^(?:19|20)\d\d$/.test(text)) return -1;
  const before = scan.text[scan.starts[index] - 1];
  if (
    before === '$' ||
    before === '€' ||
    before === '£' ||
    /^[,.]\d{2,3}|^ ?%|^(?: (?:dollars|euros|pounds|days|years|months|usd|eur))/i.test(
      scan.text.slice(scan.ends[last], scan.ends[last] + 8),
    )
  )
    return -1;
  return digits >= 5 && text.length <= 34
    ? scan.ends[last]
    : digits === 4 && text.length >= 6 && scan.kinds[index] !== DIGIT
      ? scan.ends[last]
      : -1;
}

function countDigits(scan: Scan, index: number): number {
  let digits = 0;
  for (let i = scan.starts[index]; i < scan.ends[index]; i += 1) {
    const code = scan.text.charCodeAt(i);
    if (code >= 48 && code <= 57) digits += 1;
  }
  return digits;
}
