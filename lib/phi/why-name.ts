import { DOUBLE_NAMES, GIVEN_NAMES } from './given-names';
import { isNameWord, type Name, nameAt, startsSentence } from './name-run';
import { ADDRESSING, CREDENTIALS, KIN, NO_PEOPLE, OF_PEOPLE, OPENINGS, PLACES, ROLES, THINGS, TITLES } from './name-words';
import { CAPITAL, type Scan, SMALL } from './scan';

export type Reason = [score: number, rule: string];

/** Why a run of capitalised words is somebody's name; null where nothing says so. May lengthen the name. */
export function whyName(scan: Scan, first: number, name: Name): Reason | null {
  const before = scan.word(first - 1);
  const gap = first > 0 ? scan.text.slice(scan.ends[first - 1], scan.starts[first]) : '';
  const close = /^(?: |\. |: ?|, | ?["'(]{1,2})$/.test(gap);
  const word = scan.word(first);
  const given = GIVEN_NAMES.has(word);
  const double = DOUBLE_NAMES.has(word);
  const two = name.words >= 2;
  const person = two && !isThing(scan, first, name);

  if (close && TITLES.has(before) && gap !== ', ') return [0.95, 'name_title'];
  if (two && hasCredential(scan, name.last)) return [0.9, 'name_credential'];
  if (isIntroduced(scan, first, gap, two)) return [0.9, 'name_introduced'];
  if (close && OPENINGS.has(before) && gap !== '. ') {
    if (person || given || double) return [0.85, 'name_opening'];
    if (before === 'dear' || before === 'name' || before === 'named') return [0.7, 'name_opening'];
  }
  if (close && ROLES.has(before) && gap !== '. ') {
    if (person || given || double) return [0.85, 'name_role'];
    // `the patient Okafor` and `her student, Dashiell,`; not `Patient Portal`.
    const small = (scan.kinds[first - 1] & CAPITAL) === 0;
    if (small && isPlain(scan, first) && (gap === ' ' || endsApposition(scan, name.last))) return [0.6, 'name_role'];
  }
  if (person && given) return [0.8, 'name_given'];
  if (person && double && !startsSentence(scan, first)) return [0.65, 'name_given'];
  if (takeSurnameFirst(scan, first, name)) return [0.75, 'name_surname_first'];
  if (first <= 1 && isNameMember(scan) && (two || given || double || scan.length === name.last + 1)) return [0.8, 'name_member'];
  if (name.words === 1 && isPlain(scan, first) && !isPartOfLonger(scan, first, name.last)) {
    if (given) return [startsSentence(scan, first) ? 0.5 : 0.55, 'name_alone'];
    if (gap === ' ' && ADDRESSING.has(before)) return [0.5, 'name_addressed'];
    if (doesAsPeople(scan, first, gap, before)) return [0.55, 'name_verb'];
    if (gap === ', ' && before === 'you' && scan.word(first - 2) === 'thank') return [0.6, 'name_addressed'];
  }
  // Two capitalised words that are nothing else that is known: on the safe side they are somebody.
  if (person && name.words <= 3 && isPlain(scan, first) && isPlain(scan, name.last) && !isPartOfLonger(scan, first, name.last))
    return [0.5, 'name_pair'];
  return null;
}

const NAME_MEMBER = /^(?:name|.{0,16}name|first|last|full)$/;
const OF_THINGS =
  /^(?:file|host|user|tool|model|field|screen|product|company|agent|event|column|table|service|job|display|class|domain|brand|project|city)/;

/** `my name is`, `I am`, `this is`, `name: …`, `"patientName":"…"`. */
function isIntroduced(scan: Scan, first: number, gap: string, two: boolean): boolean {
  const [one, before] = [scan.word(first - 1), scan.word(first - 2)];
  if (NAME_MEMBER.test(one) && /^["']? ?[:=] ?["']?$/.test(gap)) return !OF_THINGS.test(one) && !OF_THINGS.test(before);
  if (gap !== ' ' && gap !== ': ' && gap !== ', ' && gap !== "'") return false;
  if (one === 'is' && (before === 'name' || before === 'names')) return true;
  if ((one === 'am' || one === 'm') && before === 'i') return two || isKnown(scan, first);
  return one === 'is' && (before === 'this' || before === 'it') && isKnown(scan, first);
}

/** `said Bergqvist`, `Leif wrote`, `Asya's wife`. */
function doesAsPeople(scan: Scan, first: number, gap: string, before: string): boolean {
  const after = scan.gap(first);
  if (after === ' ' && OF_PEOPLE.has(scan.word(first + 1))) return true;
  if (after === "'" && scan.word(first + 1) === 's' && KIN.has(scan.word(first + 2))) return true;
  return gap === ' ' && (before === 'says' || before === 'said' || before === 'named') && !THINGS.has(scan.word(first));
}

function isKnown(scan: Scan, index: number): boolean {
  return GIVEN_NAMES.has(scan.word(index)) || DOUBLE_NAMES.has(scan.word(index));
}

function hasCredential(scan: Scan, last: number): boolean {
  const gap = scan.gap(last);
  return (gap === ', ' || gap === ' ') && CREDENTIALS.has(scan.word(last + 1)) && (scan.kinds[last + 1] & CAPITAL) !== 0;
}

/** `Gonzalez, Maria`: one word, a comma, a given name that is no word besides. The given name then belongs to it. */
function takeSurnameFirst(scan: Scan, first: number, name: Name): boolean {
  if (name.words !== 1 || scan.gap(name.last) !== ', ' || !GIVEN_NAMES.has(scan.word(name.last + 1))) return false;
  if (!isNameWord(scan, name.last + 1) || GIVEN_NAMES.has(scan.word(first))) return false;
  const rest = nameAt(scan, name.last + 1);
  if (rest === null || rest.words > 2) return false;
  name.last = rest.last;
  return true;
}

/** A company, a place, a heading: some word of it, or beside it, belongs to such. */
function isThing(scan: Scan, first: number, name: Name): boolean {
  if (PLACES.has(scan.word(name.last)) || FIRST_OF_PLACES.has(scan.word(first))) return true;
  if (NO_PEOPLE.has(`${scan.word(first)}_${scan.word(first + 1)}`)) return true;
  if (isKnown(scan, first)) return false;
  for (let i = first; i <= name.last; i += 1) if (THINGS.has(scan.word(i)) || ENDS_OF_THINGS.test(scan.word(i))) return true;
  return false;
}
const FIRST_OF_PLACES = new Set(
  'new san santa los las el fort port mount lake saint st south north east west upper lower great'.split(' '),
);
/** English makes nouns of other nouns and of verbs with these; few names end so. */
const ENDS_OF_THINGS =
  /(?:tion|sion|ment|ness|ity|ics|ical|ology|ware|ship|ance|ence|ture|ive|ous|ary|ories|ions|ments|ings|ies|ers|ally|able|ible|ism|ist)$/;

function isNameMember(scan: Scan): boolean {
  return scan.hint.some((word) => word === 'name' || ROLES.has(word)) && !scan.hint.some((word) => OF_THINGS.test(word));
}

/** Not all in capitals: those are abbreviations. */
function isPlain(scan: Scan, index: number): boolean {
  return (scan.kinds[index] & SMALL) !== 0;
}

function endsApposition(scan: Scan, last: number): boolean {
  return /^[,.;)]/.test(scan.text.slice(scan.ends[last], scan.ends[last] + 1));
}

/** Within `anna-service`, `St. Mary's Hospital`, `maria.db`, `Lake Michigan Water`. */
function isPartOfLonger(scan: Scan, first: number, last: number): boolean {
  if (/[\w./@_-]/.test(scan.text[scan.starts[first] - 1] ?? ' ') || /[\w/@_&-]/.test(scan.text[scan.ends[last]] ?? ' ')) return true;
  const before = first - 1;
  if (before >= 0 && FIRST_OF_PLACES.has(scan.word(before)) && /^\.? $/.test(scan.gap(before) ?? '')) return true;
  if (before >= 0 && scan.gap(before) === ' ' && isCapitalWithin(scan, before)) return true;
  const next = last + 1;
  if (next >= scan.length) return false;
  const after = scan.gap(last) === "'" && scan.word(next) === 's' ? next + 1 : next;
  return (
    after < scan.length && /^ (?:& )?$/.test(scan.gap(after - 1) ?? '') && (scan.kinds[after] & CAPITAL) !== 0 && scan.word(after) !== 'i'
  );
}

/** A capital that does not come from the beginning of a sentence. */
function isCapitalWithin(scan: Scan, index: number): boolean {
  return (scan.kinds[index] & CAPITAL) !== 0 && !startsSentence(scan, index) && !TITLES.has(scan.word(index));
}
