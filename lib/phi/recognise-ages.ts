import type { Report } from './finding';
import { ROLES } from './name-words';
import { CAPITAL, DIGIT, type Scan } from './scan';

const UNITS = new Set(['year', 'years', 'yr', 'yrs']);
const SHORT = new Set(['yo', 'y', 'yof', 'yom', 'yoa']);
const AGED = new Set(['age', 'aged', 'ages']);
const TENS = new Set(['ninety', 'hundred']);
const ONES = new Set('one two three four five six seven eight nine ten eleven twelve'.split(' '));
/** Old things of other kinds. */
const THINGS = new Set(
  'building house bridge company firm law statute church bank institution tree car wine hospital trust lease'.split(' '),
);

/** Ages of ninety and more, in figures and in words: younger ones identify nobody by themselves (45 CFR 164.514(b)(2)(i)(C)). */
export function recogniseAges(scan: Scan, report: Report): void {
  const { starts, ends } = scan;
  for (const i of scan.numbers) {
    if (scan.size(i) > 3 || scan.size(i) < 2) continue;
    const value = Number(scan.word(i));
    if (value < 90 || value > 125) continue;
    const end = endOfAge(scan, i);
    if (end !== -1) report('age_over_89', starts[i], end, 0.9, 'age');
    else if (isAged(scan, i) && !/^ ?[%$]|^[.,]\d/.test(scan.text.slice(ends[i], ends[i] + 2)))
      report('age_over_89', starts[i], ends[i], 0.85, 'age_labelled');
  }
  // `93yo`, `94y/o`
  for (const i of scan.mixed) {
    const found = /^(\d{2,3})(yo|y|yof|yom|f|m)$/.exec(scan.word(i));
    if (found === null || Number(found[1]) < 90 || Number(found[1]) > 125) continue;
    const sex = found[2] === 'f' || found[2] === 'm';
    if (sex && !/^[,. ]|^$/.test(scan.text.slice(ends[i], ends[i] + 1))) continue;
    if (sex && !scan.near(i, PATIENT, 3, 4)) continue;
    const slash = found[2] === 'y' && scan.text[ends[i]] === '/' && scan.word(i + 1) === 'o';
    if (found[2] === 'y' && !slash) continue;
    report('age_over_89', starts[i], slash ? ends[i + 1] : ends[i], 0.85, 'age');
  }
}

const PATIENT = new Set('patient pt female male woman man presents presenting admitted with history hx'.split(' '));

/** `ninety-three-year-old`, `aged ninety`, `a hundred and two years old`. */
export function recogniseSpokenAges(scan: Scan, report: Report): void {
  for (let i = 0; i < scan.length; i += 1) {
    if (!TENS.has(scan.word(i))) continue;
    const hundred = scan.word(i) === 'hundred';
    let last = i;
    if (hundred && scan.word(last + 1) === 'and' && ONES.has(scan.word(last + 2))) last += 2;
    else if (ONES.has(scan.word(last + 1))) last += 1;
    const first = hundred && (scan.word(i - 1) === 'one' || scan.word(i - 1) === 'a') ? i - 1 : i;
    const end = endOfAge(scan, last);
    if (end !== -1) report('age_over_89', scan.starts[first], end, 0.85, 'age_words');
    else if (isAged(scan, first)) report('age_over_89', scan.starts[first], scan.ends[last], 0.8, 'age_words');
  }
}

/** Where `years old`, `-year-old`, `years of age`, `y/o` ends after a number; -1 where it does not follow. */
function endOfAge(scan: Scan, index: number): number {
  const gap = scan.gap(index);
  if (gap !== ' ' && gap !== '-') return -1;
  const next = scan.word(index + 1);
  if (SHORT.has(next)) {
    if (next !== 'y') return scan.ends[index + 1];
    return scan.word(index + 2) === 'o' && (scan.gap(index + 1) === '/' || scan.gap(index + 1) === '.') ? scan.ends[index + 2] : -1;
  }
  if (!UNITS.has(next)) return -1;
  if (scan.word(index + 2) === 'old' || scan.word(index + 2) === 'olds')
    return THINGS.has(scan.word(index + 3)) || isThing(scan, index) ? -1 : scan.ends[index + 2];
  return scan.word(index + 2) === 'of' && scan.word(index + 3) === 'age' ? scan.ends[index + 3] : -1;
}

function isThing(scan: Scan, index: number): boolean {
  return [1, 2, 3].some((back) => THINGS.has(scan.word(index - back)) && scan.word(index - 1) === 'is');
}

function isAged(scan: Scan, index: number): boolean {
  const before = scan.word(index - 1);
  if (AGED.has(before) || (before === 'of' && AGED.has(scan.word(index - 2))) || (before === 'is' && AGED.has(scan.word(index - 2))))
    return true;
  if ((before === 'turned' || before === 'turning' || before === 'turns') && !isUnit(scan, index + 1)) return true;
  // `At 92, she declined`, `the victim, 96, could`, `she was 98 when`.
  const after = scan.gap(index);
  if (before === 'at' && after === ', ' && PRONOUNS.has(scan.word(index + 1))) return true;
  if (scan.gap(index - 1) === ', ' && after === ', ' && isSomebody(scan, index - 1)) return true;
  if ((before === 'was' || before === 'is') && PRONOUNS.has(scan.word(index - 2)) && !isUnit(scan, index + 1))
    return after === ' ' && AFTER_AGE.has(scan.word(index + 1));
  return index === 0 && scan.hint.includes('age');
}

const PRONOUNS = new Set(['she', 'he', 'i', 'they', 'who', 'we']);
const AFTER_AGE = new Set(['when', 'and', 'but', 'at', 'then', 'now', 'by', 'in', 'on', 'last']);
function isSomebody(scan: Scan, index: number): boolean {
  return ROLES.has(scan.word(index)) || PEOPLE.has(scan.word(index)) || (scan.kinds[index] & CAPITAL) !== 0;
}
const PEOPLE = new Set('victim man woman lady gentleman widow widower resident pensioner'.split(' '));

function isUnit(scan: Scan, index: number): boolean {
  return (scan.kinds[index] ?? DIGIT) !== DIGIT && /^(percent|degrees|days|minutes|miles|dollars)$/.test(scan.word(index));
}
