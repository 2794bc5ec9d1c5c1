import { abaCheck, ibanCheck } from './checksums';
import type { Report } from './finding';
import type { Scan } from './scan';

/** Lengths by country (ISO 13616, SWIFT's registry). */
const LENGTHS: Record<string, number> = {};
for (const entry of (
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 ' +
  'GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 ' +
  'MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
).split(' '))
  LENGTHS[entry.slice(0, 2)] = Number(entry.slice(2));

const HEAD = /^[A-Z]{2}\d{2}/;

/** International bank account numbers, in one piece or in groups, by country, length and mod 97. */
export function recogniseIban(scan: Scan, report: Report): void {
  const { text, starts } = scan;
  for (const i of scan.mixed) {
    const head = text.slice(starts[i], starts[i] + 4).toUpperCase();
    const length = HEAD.test(head) ? LENGTHS[head.slice(0, 2)] : undefined;
    if (length === undefined) continue;
    let taken = '';
    let at = starts[i];
    // Groups are parted by one space or hyphen each.
    for (; at < text.length && taken.length < length; at += 1) {
      const code = text.charCodeAt(at);
      const upper = code >= 97 && code <= 122 ? code - 32 : code;
      if ((upper >= 65 && upper <= 90) || (upper >= 48 && upper <= 57)) taken += String.fromCharCode(upper);
      else if ((code !== 32 && code !== 45) || (text.charCodeAt(at - 1) | 13) === 45) break;
    }
    if (taken.length !== length || !ibanCheck(taken) || scan.isGlued(starts[i], at)) continue;
    report('iban', starts[i], at, 0.97, 'iban_mod97');
  }
}

const ROUTING_WORDS = new Set('routing aba rtn transit wire ach fedwire'.split(' '));

/** ABA routing numbers. Nine digits that pass are one in ten: a word for it has to stand near. */
export function recogniseRouting(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.numbers) {
    if (scan.size(i) !== 9 || !abaCheck(text.slice(starts[i], ends[i])) || !scan.near(i, ROUTING_WORDS, 5, 1)) continue;
    if (!scan.isGlued(starts[i], ends[i])) report('routing_number', starts[i], ends[i], 0.93, 'aba_check');
  }
}
