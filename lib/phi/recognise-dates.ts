import type { Report } from './finding';
import { DIGIT, type Scan } from './scan';

const MONTHS = new Map<string, number>();
'january february march april may june july august september october november december'.split(' ').forEach((name, i) => {
  MONTHS.set(name, i + 1);
  MONTHS.set(name.slice(0, 3), i + 1);
});
MONTHS.set('sept', 9);
/** Months that are other words too: these take a number beside them, never a year alone. */
const AMBIGUOUS = new Set(['may', 'march', 'mar', 'jan', 'sun', 'dec']);
const EVENTS = new Set(
  'born birth birthday dob b birthdate admitted admission discharged discharge died death deceased seen visit visited surgery operated operation procedure diagnosed hospitalized hospitalised appointment delivered due served filed married divorced injured accident hired terminated dod doa collected treated vaccinated transferred signed sworn paid'.split(
    ' ',
  ),
);
const NUMERIC = /(\d{1,4})([/.-])(\d{1,2})\2(\d{2,4})/y;
const MONTH_DAY = /(\d{1,2})\/(\d{1,2})/y;
const ISO_TIME = /T\d{2}:?\d{2}/y;
/** Dates of software, not of people. */
const TECHNICAL = new Set('version api model schema release build spec gpt claude rev edition'.split(' '));

/**
 * Days, and months of a year: every element of a date that is more than a year (45 CFR 164.514(b)(2)(i)(C)). A time stamp of a machine, and a text that is a
 * date and nothing else, are passed over unless a word beside them says that something happened to a person then.
 */
export function recogniseDates(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  let from = 0;
  for (const i of scan.numbers) {
    const [start, size] = [starts[i], scan.size(i)];
    if (start < from || size > 4) continue;
    const joint = text[ends[i]];
    if (joint === '/' || joint === '-' || joint === '.') {
      const end = numericDate(scan, i, report);
      if (end !== -1) from = end;
    }
  }
  for (let i = 0; i < scan.length; i += 1) {
    if (scan.kinds[i] & DIGIT || scan.size(i) < 3 || scan.size(i) > 9 || !MONTHS.has(scan.word(i))) continue;
    writtenDate(scan, i, report);
  }
}

function numericDate(scan: Scan, i: number, report: Report): number {
  const { text, starts } = scan;
  const start = starts[i];
  NUMERIC.lastIndex = start;
  const found = NUMERIC.exec(text);
  if (found === null) {
    MONTH_DAY.lastIndex = start;
    const short = MONTH_DAY.exec(text);
    if (short === null || !isDay(Number(short[1]), Number(short[2]))) return -1;
    const end = start + short[0].length;
    if (scan.isGlued(start, end) || text[end] === '/') return -1;
    if (!isOnDay(scan, i, end) && !scan.near(i, EVENTS, 5)) return -1;
    report('date', start, end, 0.65, 'date_month_day');
    return end;
  }
  const end = start + found[0].length;
  const [a, b, c] = [found[1], found[3], found[4]];
  const isoTime = at(ISO_TIME, text, end);
  if (!isoTime && scan.isGlued(start, end)) return -1;
  if (text[start - 1] === '/' || text[end] === '/') return -1;
  const isDate =
    a.length === 4
      ? isYear(Number(a)) && isDay(Number(b), Number(c)) && c.length <= 2
      : a.length <= 2 && c.length !== 3 && (c.length === 2 || isYear(Number(c))) && isDay(Number(a), Number(b));
  if (!isDate) return -1;
  const known = scan.near(i, EVENTS, 5);
  // Two digits of a year after full stops are as often a version or a paragraph.
  if (c.length === 2 && found[2] !== '/' && a.length <= 2 && !known) return -1;
  const alone = start === 0 && end >= text.length;
  if (!known && (isoTime || alone || scan.near(i, TECHNICAL, 2))) return -1;
  report('date', start, end, known ? 0.9 : 0.6, isoTime ? 'date_timestamp' : 'date_numeric');
  return end;
}

/** `14 March 1985`, `the 3rd of May`, `March 14, 1985`, `Mar 14`, `March 1985`. */
function writtenDate(scan: Scan, i: number, report: Report): void {
  const { text, starts, ends } = scan;
  const dayAt = (index: number) => {
    if (index < 0 || index >= scan.length || (scan.kinds[index] & DIGIT) === 0 || scan.size(index) > 4) return false;
    const found = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(scan.word(index));
    return found !== null && Number(found[1]) >= 1 && Number(found[1]) <= 31;
  };
  const yearAt = (index: number) =>
    index < scan.length && scan.kinds[index] === DIGIT && scan.size(index) === 4 && isYear(Number(scan.word(index)));
  const joined = (index: number, pattern: RegExp) => {
    const gap = scan.gap(index);
    return gap !== null && pattern.test(gap);
  };
  let first = i;
  let last = i;
  const of = scan.word(i - 1) === 'of' && dayAt(i - 2) && joined(i - 2, /^ $/) && joined(i - 1, /^ $/);
  if (of) first = i - 2;
  else if (dayAt(i - 1) && joined(i - 1, /^[ -]$|^\. $/)) first = i - 1;
  if (first !== i) {
    if (yearAt(i + 1) && joined(i, /^[ -]$|^, $|^\. $/)) last = i + 1;
    else if (joined(i, /^-$/) && i + 1 < scan.length && scan.kinds[i + 1] === DIGIT && scan.size(i + 1) === 2) last = i + 1;
  } else if (dayAt(i + 1) && joined(i, /^ $|^\. $|^ the $/)) {
    last = i + 1;
    if (yearAt(i + 2) && joined(i + 1, /^, ?$|^ $/)) last = i + 2;
  } else if (yearAt(i + 1) && joined(i, /^ $|^, $| of $/)) last = i + 1;
  if (first === last) return;
  // `may 5 people enter`: a month that is a verb too is written with a capital.
  if (AMBIGUOUS.has(scan.word(i)) && text[starts[i]] === scan.word(i)[0]) return;
  const span: [number, number] = [starts[first], ends[last]];
  if (scan.isGlued(...span)) return;
  const known = scan.near(first, EVENTS, 5);
  const monthOfYear = first === i && last === i + 1 && yearAt(i + 1) && !dayAt(i + 1);
  if (!known && (scan.near(first, TECHNICAL, 2) || (span[0] === 0 && span[1] === text.length))) return;
  report('date', ...span, known ? 0.9 : monthOfYear ? 0.5 : 0.7, monthOfYear ? 'date_month_year' : 'date_written');
}

/** `on 8/19`, `until 8/19`; not `on 3/4 of it`. */
function isOnDay(scan: Scan, index: number, end: number): boolean {
  return ON.has(scan.word(index - 1)) && scan.gap(index - 1) === ' ' && !/^ (?:of|inch)/.test(scan.text.slice(end, end + 6));
}
const ON = new Set(['on', 'since', 'until', 'till', 'by']);

/** Either order: which of the two is the month is the writer's custom. */
function isDay(a: number, b: number): boolean {
  return a >= 1 && b >= 1 && a <= 31 && b <= 31 && (a <= 12 || b <= 12);
}

function isYear(year: number): boolean {
  return year >= 1890 && year <= 2099;
}

function at(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}
