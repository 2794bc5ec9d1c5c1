import type { Report } from './finding';
import { CAPITAL, DIGIT, LETTER, type Scan } from './scan';

const STREETS = new Set(
  `street st avenue ave av road rd lane ln drive dr boulevard blvd court ct place pl terrace ter way highway hwy parkway pkwy circle cir crescent cres close
  square sq trail trl loop row mews grove gardens alley walk plaza turnpike pike route path run hill broadway strasse straße weg allee platz`.split(
    /\s+/,
  ),
);
const UNITS = new Set('apt apartment suite ste unit flat floor fl room rm bldg building no'.split(' '));
const STATES = new Set(
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR'.split(
    ' ',
  ),
);
const WORD_STATES = new Set('id or in ok me hi oh ma pa de co al la ms mt ct md'.split(' '));
const ZIP_WORDS = new Set('zip zipcode postal postcode'.split(' '));
const POSTCODE =
  /(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y]) \d[ABD-HJLNP-UW-Z]{2})/y;

/** Streets with a number, post boxes, a state with its ZIP code, and British postcodes; a street, its city and its code are one finding. */
export function recogniseAddresses(scan: Scan, report: Report): void {
  let from = 0;
  for (let i = 0; i < scan.length; i += 1) {
    if (i < from) continue;
    const kind = scan.kinds[i];
    if (kind & DIGIT) {
      // A street goes on with a capital or with `5th`.
      const next = scan.kinds[i + 1] ?? 0;
      const goesOn = (next & CAPITAL) !== 0 || (next & (DIGIT | LETTER)) === (DIGIT | LETTER);
      const street = goesOn ? streetAt(scan, i) : -1;
      const last = goesOn && street === -1 ? placeAt(scan, i) : street;
      if (last !== -1) {
        const end = extend(scan, last);
        report('address', scan.starts[i], scan.ends[end], street === -1 ? 0.6 : 0.85, street === -1 ? 'address_context' : 'address_street');
        from = end + 1;
        continue;
      }
      if (kind === DIGIT && scan.size(i) === 5 && !scan.isGlued(scan.starts[i], scan.ends[i]) && scan.near(i, ZIP_WORDS, 3)) {
        report('address', scan.starts[i], scan.ends[i], 0.75, 'address_zip');
        from = i + 1;
        continue;
      }
      if (kind & CAPITAL && i + 1 < scan.length && scan.gap(i) === ' ') postcodeAt(scan, i, report);
      continue;
    }
    if ((kind & CAPITAL) === 0) continue;
    const state = stateAt(scan, i);
    if (state !== -1) {
      const city = cityBefore(scan, i);
      // ID, OR, IN, OK, ME … are words too: those stand behind a comma.
      if (scan.gap(i - 1) !== ', ' && (city === i || WORD_STATES.has(scan.word(i)))) continue;
      report('address', scan.starts[city], scan.ends[state], 0.8, 'address_state_zip');
      from = state + 1;
      continue;
    }
    const box = boxAt(scan, i);
    if (box !== -1) {
      const end = extend(scan, box);
      report('address', scan.starts[i], scan.ends[end], 0.85, 'address_box');
      from = end + 1;
      continue;
    }
    const unit = unitAt(scan, i);
    if (unit !== -1) {
      report('address', scan.starts[i], scan.ends[unit], 0.55, 'address_unit');
      from = unit + 1;
      continue;
    }
    const german = germanStreetAt(scan, i);
    if (german !== -1) {
      report('address', scan.starts[i], scan.ends[german], 0.75, 'address_street');
      from = german + 1;
    }
  }
}

/** `1450 N. Oak Ridge Dr`, `221B Baker Street`, `5 West 63rd St`: the index of the last word of the street; -1 without one. */
function streetAt(scan: Scan, index: number): number {
  if (scan.size(index) > 6 || !/^\d{1,5}[a-z]?$/.test(scan.word(index)) || scan.isGlued(scan.starts[index], scan.ends[index])) return -1;
  for (let i = index + 1; i <= index + 5 && i < scan.length; i += 1) {
    const gap = scan.text.slice(scan.ends[i - 1], scan.starts[i]);
    if (gap !== ' ' && gap !== '. ' && gap !== '-' && gap !== "'" && !(i === index + 1 && gap === ', ')) return -1;
    const word = scan.word(i);
    const capital = (scan.kinds[i] & CAPITAL) !== 0;
    if (capital && STREETS.has(word) && (i > index + 1 || word === 'broadway')) {
      // `12 Oak Street Drive`: the later suffix is the street's.
      const next = scan.gap(i) === ' ' && i + 1 < scan.length && STREETS.has(scan.word(i + 1)) && (scan.kinds[i + 1] & CAPITAL) !== 0;
      return next ? i + 1 : i;
    }
    const ordinal = /^\d{1,3}(?:st|nd|rd|th)$/.test(word);
    const joint = (word === 's' && gap === "'") || word === 'of' || word === 'the';
    if (!capital && !ordinal && !joint) return -1;
    if (capital && (scan.kinds[i] & LETTER) === 0) return -1;
  }
  return -1;
}

const LIVES = new Set('at address to in'.split(' '));
const LIVING = new Set('lives live living lived resides residing reside address moved moving house home located domiciled'.split(' '));

/** `lives at 31 Calle Ocho`: a number and capitalised words behind a word that says that somebody lives there; their last index, or -1. */
function placeAt(scan: Scan, index: number): number {
  const before = scan.word(index - 1);
  const gap = index > 0 ? (scan.gap(index - 1) ?? '') : '';
  if (scan.size(index) > 5 || (!LIVES.has(before) && before !== 'is') || !/^(?: |: )$/.test(gap)) return -1;
  if (before !== 'address' && !scan.near(index, LIVING, 5)) return -1;
  let last = index;
  while (last - index < 4 && scan.gap(last) === ' ' && (scan.kinds[last + 1] & CAPITAL) !== 0) last += 1;
  return last > index ? last : -1;
}

/** What belongs to the same address behind it: unit, city, state, ZIP or postcode. */
function extend(scan: Scan, last: number): number {
  let end = last;
  const gapAfter = (index: number) => scan.gap(index) ?? '';
  const joined = (index: number) => /^(?:, ?|\. ?|,? ?#| |\n)$/.test(gapAfter(index));
  if (/^,? ?#$/.test(gapAfter(end)) && scan.kinds[end + 1] & DIGIT) end += 1;
  else if (
    joined(end) &&
    UNITS.has(scan.word(end + 1)) &&
    end + 2 < scan.length &&
    /^ $|^\. $|^ #$/.test(gapAfter(end + 1)) &&
    scan.size(end + 2) <= 5
  )
    end += 2;
  // City: up to three capitalised words, then a state or a code; a bare city after a comma counts too.
  let city = end;
  if (/^, $|^\n$|^,\n$/.test(gapAfter(end))) {
    while (city - end < 3 && city + 1 < scan.length && (scan.kinds[city + 1] & CAPITAL) !== 0 && (scan.kinds[city + 1] & DIGIT) === 0) {
      if (city > end && gapAfter(city) !== ' ') break;
      if (STATES.has(scan.text.slice(scan.starts[city + 1], scan.ends[city + 1])) && city > end) break;
      city += 1;
    }
  }
  for (const from of city === end ? [end] : [city, end]) {
    if (!/^,? ?$|^\n$/.test(gapAfter(from))) continue;
    const state = stateAt(scan, from + 1);
    if (state !== -1) return state;
    const code = postcodeEnd(scan, from + 1);
    if (code !== -1) return code;
    if (STATES.has(scan.text.slice(scan.starts[from + 1], scan.ends[from + 1]))) return from + 1;
  }
  return city;
}

/** `IL 62704`, `IL 62704-1234`: the index of the last word; -1 otherwise. */
function stateAt(scan: Scan, index: number): number {
  if (index >= scan.length || scan.size(index) !== 2 || !STATES.has(scan.text.slice(scan.starts[index], scan.ends[index]))) return -1;
  const gap = scan.gap(index);
  const zip = index + 1;
  if ((gap !== ' ' && gap !== ', ' && gap !== '  ') || scan.kinds[zip] !== DIGIT || scan.size(zip) !== 5) return -1;
  return scan.gap(zip) === '-' && scan.kinds[zip + 1] === DIGIT && scan.size(zip + 1) === 4 ? zip + 1 : zip;
}

/** `Springfield, IL`: where the city begins; the state itself without one. */
function cityBefore(scan: Scan, state: number): number {
  const gap = scan.gap(state - 1);
  if (state === 0 || (gap !== ', ' && gap !== ' ')) return state;
  let first = state;
  while (first > 0 && state - first < 3) {
    const before = first - 1;
    if ((scan.kinds[before] & CAPITAL) === 0 || (scan.kinds[before] & DIGIT) !== 0) break;
    if (first < state && scan.gap(before) !== ' ' && scan.gap(before) !== '. ') break;
    first = before;
  }
  return first;
}

function postcodeAt(scan: Scan, index: number, report: Report): void {
  const end = postcodeEnd(scan, index);
  if (end !== -1) report('address', scan.starts[index], scan.ends[end], 0.75, 'address_postcode');
}

function postcodeEnd(scan: Scan, index: number): number {
  if (index >= scan.length) return -1;
  POSTCODE.lastIndex = scan.starts[index];
  const found = POSTCODE.exec(scan.text);
  if (found === null || scan.isGlued(scan.starts[index], scan.starts[index] + found[0].length)) return -1;
  return scan.ends[index + 1] === scan.starts[index] + found[0].length ? index + 1 : -1;
}

/** `P.O. Box 1182`, `PO Box 12`. */
function boxAt(scan: Scan, index: number): number {
  let box = -1;
  if (scan.word(index) === 'po' && scan.word(index + 1) === 'box') box = index + 1;
  else if (scan.word(index) === 'p' && scan.word(index + 1) === 'o' && scan.word(index + 2) === 'box') box = index + 2;
  return box !== -1 && scan.gap(box) === ' ' && scan.kinds[box + 1] & DIGIT ? box + 1 : -1;
}

/** `Apt. 4B`, `Suite 200` on a line of its own. */
function unitAt(scan: Scan, index: number): number {
  if (!/^(?:apt|apartment|suite|flat)$/.test(scan.word(index)) || !/^(?:\.? | ?#)$/.test(scan.gap(index) ?? '')) return -1;
  return scan.kinds[index + 1] & DIGIT ? index + 1 : -1;
}

/** `Hauptstraße 12`, `Lindenweg 4a`, `rue de Rivoli 12` is not seen. */
function germanStreetAt(scan: Scan, index: number): number {
  if (!/(?:stra(?:ß|ss)e|weg|allee|platz|gasse)$/.test(scan.word(index)) || scan.size(index) < 7 || scan.gap(index) !== ' ') return -1;
  return /^\d{1,4}[a-z]?$/.test(scan.word(index + 1)) ? index + 1 : -1;
}
