import type { Report } from './finding';
import { nameAt } from './name-run';
import { NO_NAMES } from './name-words';
import { CAPITAL, DIGIT, type Scan } from './scan';
import { whyName } from './why-name';

/**
 * Names of people: by what stands before them (a title, a role, `my name is`), behind them (a degree), or by a given name that is a common one before a
 * capitalised word. Names in small letters, and names of other scripts, are not seen.
 */
export function recogniseNames(scan: Scan, report: Report): void {
  let from = 0;
  for (const i of scan.capitals) {
    if (i < from) continue;
    const name = nameAt(scan, i);
    if (name === null) continue;
    const reason = whyName(scan, i, name);
    if (reason === null) continue;
    const [score, rule] = reason;
    report('person_name', scan.starts[i], scan.ends[name.last], score, rule);
    from = name.last + 1;
  }
}

const AFTER_NAME = new Set(
  'and i im but from calling here my the a an is was at with speaking please can could on in for we you to'.split(' '),
);

/** `my name is josefina del rio`: said outright, also in small letters. */
export function recogniseSpokenNames(scan: Scan, report: Report): void {
  for (let i = 2; i < scan.length; i += 1) {
    if (scan.word(i - 1) !== 'is' || scan.word(i - 2) !== 'name' || (scan.kinds[i] & (DIGIT | CAPITAL)) !== 0) continue;
    if (
      AFTER_NAME.has(scan.word(i)) ||
      scan.gap(i - 1) !== ' ' ||
      scan.size(i) < 2 ||
      NO_NAMES.has(scan.word(i)) ||
      !scan.near(i - 2, WHOSE, 2)
    )
      continue;
    let last = i;
    while (last - i < 3 && scan.gap(last) === ' ' && (scan.kinds[last + 1] & DIGIT) === 0 && !AFTER_NAME.has(scan.word(last + 1)))
      last += 1;
    report('person_name', scan.starts[i], scan.ends[last], 0.7, 'name_spoken');
  }
}
const WHOSE = new Set(['my', 'his', 'her', 'their', 'patient', 'client', 'caller', 'full', 'first', 'last', 's']);
