import { deaCheck, npiCheck, vinCheck } from './checksums';
import type { Report } from './finding';
import type { Scan } from './scan';

const NPI_WORDS = new Set('npi npis provider prescriber physician clinician practitioner rendering referring billing'.split(' '));
const DEA_WORDS = new Set(['dea']);
const VIN_WORDS = new Set('vin vehicle chassis car truck automobile'.split(' '));

/** National Provider Identifiers. Ten digits that pass are common among other numbers: a word for it has to stand near. */
export function recogniseNpi(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.numbers) {
    if (scan.size(i) !== 10 || !npiCheck(text.slice(starts[i], ends[i])) || !scan.near(i, NPI_WORDS, 5, 1)) continue;
    if (!scan.isGlued(starts[i], ends[i])) report('npi', starts[i], ends[i], 0.95, 'npi_luhn');
  }
}

const DEA = /^[A-HJ-NPR-UX][A-Z9]\d{7}$/;

/** DEA registrations: two characters, seven digits, a check digit. */
export function recogniseDea(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.mixed) {
    if (scan.size(i) !== 9) continue;
    const word = text.slice(starts[i], ends[i]);
    const known = scan.near(i, DEA_WORDS, 4);
    if (!DEA.test(known ? word.toUpperCase() : word) || !deaCheck(word.slice(2)) || scan.isGlued(starts[i], ends[i])) continue;
    report('dea_number', starts[i], ends[i], known ? 0.97 : 0.7, 'dea_check');
  }
}

/** Vehicle identification numbers; without their check digit (it is not used in Europe) only where a word says that it is one. */
export function recogniseVin(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.mixed) {
    if (scan.size(i) !== 17 || scan.isGlued(starts[i], ends[i])) continue;
    const word = text.slice(starts[i], ends[i]);
    const known = scan.near(i, VIN_WORDS, 5);
    const vin = known ? word.toUpperCase() : word;
    if (!/^[A-HJ-NPR-Z0-9]{13}\d{4}$/.test(vin)) continue;
    if (vinCheck(vin)) report('vin', starts[i], ends[i], known ? 0.97 : 0.8, 'vin_check');
    else if (known) report('vin', starts[i], ends[i], 0.7, 'vin_context');
  }
}
