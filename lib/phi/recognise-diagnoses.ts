import type { Report } from './finding';
import type { Scan } from './scan';

const WORDS = new Set(
  'icd diagnosis diagnoses dx diagnosed diagnostic code codes coded coding comorbidity comorbidities condition indication encounter problem impression assessment'.split(
    ' ',
  ),
);
const STRONG = new Set('icd diagnosis diagnoses dx diagnosed diagnostic comorbidity comorbidities'.split(' '));
/** ICD-10-CM: a letter, a digit, a digit or letter, and up to four more after a dot. */
const CODE = /[A-TV-Zu][0-9][0-9AB](?:\.[0-9A-TV-Z]{1,4})?/iy;

/** ICD-10 codes where a word says that they are some: `E11.9` alone is a code of many things. */
export function recogniseDiagnoses(scan: Scan, report: Report): void {
  const { text, starts } = scan;
  let last = -10;
  for (const i of scan.mixed) {
    if (scan.size(i) !== 3) continue;
    CODE.lastIndex = starts[i];
    const found = CODE.exec(text);
    if (found === null || scan.isGlued(starts[i], starts[i] + found[0].length)) continue;
    const dotted = found[0].length > 3;
    // In a list one word tells of all: each code counts as such a word for the next.
    const listed = i - last <= 4;
    const known = listed || scan.near(i, dotted ? WORDS : STRONG, 6, dotted ? 3 : 1);
    if (!known || (text[starts[i]] > 'Z' && !scan.near(i, STRONG, 6))) continue;
    if (/^(ICD|A1C|B12|D10|H1N)/i.test(found[0]) && !dotted) continue;
    report('diagnosis_code', starts[i], starts[i] + found[0].length, dotted ? 0.9 : 0.7, 'icd10_context');
    last = i;
  }
}
