import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Report } from './finding';
import { DIGIT, type Scan } from './scan';

const PHONE_WORDS = new Set(
  'phone phones telephone tel mobile cell cellphone fax call called calls calling callback dial ring text texted sms whatsapp reach reached contact number voicemail landline home extension pager'.split(
    ' ',
  ),
);
const INTERNATIONAL = /\+\d(?:[ .()/-]{0,2}\d){6,14}/y;
const NATIONAL = /(?:1[ .-])?(?:\((\d{3})\)[ .-]?|(\d{3})([ .-]))(\d{3})([ .-])(\d{4})/y;
const TRUNK = /\(?0\d{1,5}(?:[ ./)-]{1,2}\d{2,8}){1,4}/y;
/** Groups of other countries, where a word says what they are. */
const GROUPS = /\(?\d{2,4}\)?(?:[ .-]\d{2,4}){1,4}/y;
const LOCAL = /\d{3}[ .-]\d{4}/y;
const EXTENSION = /,? ?(?:x|ext\.?|extension) ?(\d{1,6})/iy;
/** Where a number begins with a zero it is read as of these, one after another. */
const COUNTRIES: CountryCode[] = ['GB', 'DE', 'FR', 'AU', 'IT', 'NL'];
/**
 * The library takes some 60 µs a number, and a text of nothing but numbers could hold tens of thousands. What comes after this many is believed for its shape.
 */
const MAX_ASKED = 100;

/** Telephone and fax numbers: international ones, those of North America by their plan, others by a word beside them. */
export function recognisePhone(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  const asked = new Map<string, boolean>();
  const isValid = (number: string, countries: CountryCode[]): boolean => {
    const digits = number.replace(/[^\d+]/g, '');
    const known = asked.get(digits);
    if (known !== undefined) return known;
    if (asked.size >= MAX_ASKED) return digits.length >= 9;
    const valid = countries.some((country) => parsePhoneNumberFromString(number, country)?.isValid() === true);
    asked.set(digits, valid);
    return valid;
  };
  const found = (start: number, end: number, score: number, rule: string) => {
    EXTENSION.lastIndex = end;
    const extension = EXTENSION.exec(text);
    report('phone', start, extension === null ? end : end + extension[0].length, score, rule);
  };
  let from = 0;
  for (const i of scan.numbers) {
    const start = starts[i];
    if (start < from) continue;
    const size = scan.size(i);
    const before = text[start - 1];
    if (before === '+' || (before === '(' && text[start - 2] === '+')) {
      const plus = text.lastIndexOf('+', start);
      const end = match(INTERNATIONAL, text, plus);
      if (end === -1 || scan.isGlued(plus, end)) continue;
      // A plus and ten digits are hardly anything else, given out or not; fewer are asked for.
      const long = countDigits(text, plus, end) >= 10;
      if (!long && !isValid(text.slice(plus, end), ['US'])) continue;
      found(plus, end, long ? 0.9 : 0.8, 'phone_international');
      from = end;
      continue;
    }
    if (size === 3 || (size === 1 && text[start] === '1')) {
      const open = before === '(' ? start - 1 : start;
      NATIONAL.lastIndex = open;
      const number = NATIONAL.exec(text);
      const extended = number !== null && /^x\d/i.test(text.slice(open + number[0].length, open + number[0].length + 2));
      if (number !== null && !scan.isGlued(open, extended ? open : open + number[0].length)) {
        const [, paren, area = paren, , exchange] = number;
        const end = open + number[0].length;
        const known = scan.near(i, PHONE_WORDS, 6, 5);
        if (isNorthAmerican(area, exchange)) {
          const plain = paren === undefined && number[3] !== '-';
          found(open, end, known ? 0.95 : plain ? 0.65 : 0.85, 'phone_north_america');
          from = end;
        }
        continue;
      }
      LOCAL.lastIndex = start;
      const local = LOCAL.exec(text);
      const whole = local !== null && size === 3 && !scan.isGlued(start, start + local[0].length);
      if (whole && scan.near(i, PHONE_WORDS, 4, 1)) {
        found(start, start + local[0].length, 0.6, 'phone_local');
        from = start + local[0].length;
        continue;
      }
    }
    // Within a row of groups nothing begins anew.
    if (text[start] === '0' && size <= 11 && !(scan.kinds[i - 1] === DIGIT && scan.gap(i - 1) === ' ')) {
      const open = before === '(' ? start - 1 : start;
      const end = Math.max(match(TRUNK, text, open), size >= 9 ? ends[i] : -1);
      const digits = end === -1 ? 0 : countDigits(text, open, end);
      if (digits < 8 || digits > 13 || scan.isGlued(open, end)) continue;
      // A day and a month begin so too.
      if (/^0\d[./-]\d\d[./-](?:\d\d){1,2}$/.test(text.slice(open, end))) continue;
      const known = scan.near(i, PHONE_WORDS, 6, 3);
      const parted = end > ends[i];
      if (!known && (!parted || digits < 10 || !isValid(text.slice(open, end), COUNTRIES))) continue;
      found(open, end, known ? 0.85 : 0.6, known ? 'phone_context' : 'phone_national');
      from = end;
      continue;
    }
    if (size >= 2 && size <= 4 && !(scan.kinds[i - 1] === DIGIT && scan.gap(i - 1) === ' ')) {
      const end = groupsAt(scan, i);
      if (end === -1) continue;
      found(before === '(' ? start - 1 : start, end, 0.55, 'phone_context');
      from = end;
      continue;
    }
    if ((size === 10 || size === 11) && scan.near(i, PHONE_WORDS, 5, 1) && !scan.isGlued(start, ends[i])) {
      const digits = text.slice(start + size - 10, ends[i]);
      if (size === 11 && text[start] !== '1') continue;
      if (isNorthAmerican(digits.slice(0, 3), digits.slice(3, 6))) found(start, ends[i], 0.7, 'phone_context');
    }
  }
}

const SAID = new Set(
  'phone telephone tel mobile cell fax call called calling callback dial ring text sms whatsapp answering landline'.split(' '),
);

/** `60-56-85-91` behind `Phone:`; a date and a sum are none. Where it ends, or -1. */
function groupsAt(scan: Scan, index: number): number {
  const { text, starts } = scan;
  const open = text[starts[index] - 1] === '(' ? starts[index] - 1 : starts[index];
  const end = match(GROUPS, text, open);
  if (end === -1 || scan.isGlued(open, end)) return -1;
  const digits = countDigits(text, open, end);
  if (digits < 7 || digits > 13 || /^\d{1,4}[.-]\d{1,2}[.-]\d{1,4}$/.test(text.slice(open, end))) return -1;
  return scan.near(index, SAID, 4, 0) ? end : -1;
}

/** The numbering plan of North America: neither area nor exchange begins with 0 or 1, nor is it a service code (N11). */
function isNorthAmerican(area: string, exchange: string): boolean {
  return area[0] >= '2' && exchange[0] >= '2' && !area.endsWith('11') && area[1] !== '9';
}

/** Where the match ends; -1 without one. */
function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function countDigits(text: string, start: number, end: number): number {
  let digits = 0;
  for (let i = start; i < end; i += 1) if (text[i] >= '0' && text[i] <= '9') digits += 1;
  return digits;
}
