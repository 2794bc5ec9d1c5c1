import { nhsCheck } from './checksums';
import type { Report } from './finding';
import type { Scan } from './scan';

const SSN_WORDS = new Set('ssn ssns social itin tin taxpayer'.split(' '));
const NHS_WORDS = new Set(['nhs']);
const MBI_WORDS = new Set('mbi medicare beneficiary'.split(' '));
const SSN = /(\d{3})([- .])(\d{2})\2(\d{4})/y;
const NHS = /\d{3}([ -])\d{3}\1\d{4}/y;

/** US social security numbers and individual taxpayer numbers, by the rules of what has never been given out (SSA POMS RM 10201.035). */
export function recogniseSsn(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.numbers) {
    const start = starts[i];
    const size = scan.size(i);
    if (size === 3) {
      SSN.lastIndex = start;
      const found = SSN.exec(text);
      if (found === null || scan.isGlued(start, start + found[0].length)) continue;
      const rule = ssnRule(found[1], found[3], found[4]);
      const known = scan.near(i, SSN_WORDS, 6, 3);
      if (rule === null || (!known && found[2] === '.')) continue;
      report('ssn', start, start + found[0].length, known ? 0.98 : found[2] === '-' ? 0.85 : 0.55, rule);
    } else if (size === 9) {
      if (!scan.near(i, SSN_WORDS, 5) || scan.isGlued(start, ends[i])) continue;
      const digits = text.slice(start, ends[i]);
      const rule = ssnRule(digits.slice(0, 3), digits.slice(3, 5), digits.slice(5));
      if (rule !== null) report('ssn', start, ends[i], 0.9, rule);
    }
  }
}

function ssnRule(area: string, group: string, serial: string): string | null {
  if (area === '000' || area === '666' || group === '00' || serial === '0000') return null;
  // Printed on wallets and in advertisements: many people's, and nobody's.
  if ((area === '078' && group === '05' && serial === '1120') || (area === '219' && group === '09' && serial === '9999')) return null;
  if (area[0] !== '9') return 'ssn';
  const g = Number(group);
  return (g >= 50 && g <= 65) || (g >= 70 && g <= 88) || (g >= 90 && g <= 92) || g >= 94 ? 'itin' : null;
}

/** NHS numbers of England, Wales and the Isle of Man. Without a word for it only where it is written 3 3 4 with spaces. */
export function recogniseNhs(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.numbers) {
    const [start, size] = [starts[i], scan.size(i)];
    if (size === 10) {
      if (nhsCheck(text.slice(start, ends[i])) && scan.near(i, NHS_WORDS, 5) && !scan.isGlued(start, ends[i]))
        report('nhs_number', start, ends[i], 0.95, 'nhs_mod11');
    } else if (size === 3) {
      NHS.lastIndex = start;
      const found = NHS.exec(text);
      if (found === null || !nhsCheck(found[0].replace(/\D/g, '')) || scan.isGlued(start, start + found[0].length)) continue;
      const known = scan.near(i, NHS_WORDS, 5);
      if (known || found[1] === ' ') report('nhs_number', start, start + found[0].length, known ? 0.98 : 0.7, 'nhs_mod11');
    }
  }
}

const NINO = /([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]) ?\d{2} ?\d{2} ?\d{2} ?[A-D]/y;
const NINO_NEVER = new Set(['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ']);

/** UK national insurance numbers (HMRC, NIM39110). */
export function recogniseNino(scan: Scan, report: Report): void {
  const { text, starts } = scan;
  const at = (start: number) => {
    NINO.lastIndex = start;
    const found = NINO.exec(text);
    if (found === null || NINO_NEVER.has(found[1]) || scan.isGlued(start, start + found[0].length)) return;
    report('nino', start, start + found[0].length, 0.9, 'nino');
  };
  for (const i of scan.mixed) if (scan.size(i) >= 4 && scan.size(i) <= 9) at(starts[i]);
  for (const i of scan.capitals) if (scan.size(i) === 2) at(starts[i]);
}

const MBI = /[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d(-?)[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d\1[AC-HJKMNP-RT-Y]{2}\d{2}/y;

/** Medicare beneficiary identifiers (CMS, "Understanding the MBI format"): they have no check digit, and their pattern is a strict one. */
export function recogniseMbi(scan: Scan, report: Report): void {
  const { text, starts } = scan;
  for (const i of scan.mixed) {
    if (scan.size(i) !== 11 && scan.size(i) !== 4) continue;
    MBI.lastIndex = starts[i];
    const found = MBI.exec(text);
    if (found === null || scan.isGlued(starts[i], starts[i] + found[0].length)) continue;
    report('mbi', starts[i], starts[i] + found[0].length, scan.near(i, MBI_WORDS, 6, 2) ? 0.97 : 0.85, 'mbi');
  }
}
