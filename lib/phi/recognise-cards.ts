import { luhn } from './checksums';
import type { Report } from './finding';
import type { Scan } from './scan';

const CARD_WORDS = new Set('card cards visa mastercard amex discover diners jcb debit credit pan cardholder payment cc maestro'.split(' '));
const SHAPES = [/\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?/y, /\d{4}([ -])\d{6}\1\d{5}/y, /\d{4}([ -])\d{6}\1\d{4}/y];

/** Numbers of payment cards: a prefix that a scheme has given out, its length, and Luhn (ISO/IEC 7812-1). */
export function recogniseCards(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (const i of scan.numbers) {
    const [start, size] = [starts[i], scan.size(i)];
    if (size >= 13 && size <= 19) {
      const digits = text.slice(start, ends[i]);
      if (!luhn(digits) || scan.isGlued(start, ends[i])) continue;
      const known = scan.near(i, CARD_WORDS, 6, 3);
      // Issuers come and go: with a word for it the check digit is enough.
      if (isCard(digits)) report('payment_card', start, ends[i], known ? 0.95 : 0.75, 'card_luhn');
      else if (known) report('payment_card', start, ends[i], 0.6, 'card_context');
      continue;
    }
    if (size !== 4) continue;
    const joint = text[ends[i]];
    if (joint !== ' ' && joint !== '-') continue;
    for (const shape of SHAPES) {
      shape.lastIndex = start;
      const found = shape.exec(text);
      if (found === null) continue;
      const end = start + found[0].length;
      if (!isCard(found[0].replaceAll(joint, '')) || scan.isGlued(start, end)) continue;
      report('payment_card', start, end, scan.near(i, CARD_WORDS, 6, 3) ? 0.98 : 0.9, 'card_luhn');
      break;
    }
  }
}

function isCard(digits: string): boolean {
  return hasScheme(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits);
}

/** Issuer ranges and lengths of the schemes, as they publish them. */
function hasScheme(digits: string): boolean {
  const length = digits.length;
  const [two, three, four] = [Number(digits.slice(0, 2)), Number(digits.slice(0, 3)), Number(digits.slice(0, 4))];
  if (digits[0] === '4') return length === 13 || length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 36 || two === 38 || two === 39 || (three >= 300 && three <= 305)) return length === 14;
  if (four === 6011 || two === 65 || (three >= 644 && three <= 649) || two === 62) return length >= 16;
  if (four >= 3528 && four <= 3589) return length >= 16;
  return false;
}
