import { instantOf } from './instant';
import { isTimestamp } from './record';
import { ACCESS_ACTIONS, AGENT_ACTIONS, CLASSIFICATIONS, OUTCOMES } from './vocabulary';

/**
 * What a person types into the search box: terms that must all hold, in any order, separated by spaces. A term is `name:value` with one of the names
 * below, or a bare word, which is the beginning of an id; a minus sign before it turns it round. A value with spaces, or one that would be taken for
 * something else, stands in double quotes, in which `\"` and `\\` are a quote and a backslash.
 */
export const QUALIFIERS = [
  'actor',
  'action',
  'agent',
  'conversation',
  'resource',
  'subject',
  'class',
  'domain',
  'model',
  'tool',
  'outcome',
  'has',
  'said',
  'before',
  'after',
] as const;
export type Qualifier = (typeof QUALIFIERS)[number];

/** What is searched. A conversation is one line of its own and knows less than its records; what people did here has no tools and no words. */
export const SEARCH_PLACES = ['records', 'conversations'] as const;
export type SearchPlace = (typeof SEARCH_PLACES)[number] | 'accesses';

const OF_CONVERSATIONS: readonly Qualifier[] = ['actor', 'agent', 'subject', 'class', 'has', 'before', 'after'];
const OF_ACCESSES: readonly Qualifier[] = ['actor', 'action', 'resource', 'subject', 'outcome', 'before', 'after'];

/** `start` and `end`: UTF-16 units of the text, the minus sign and the quotes included. */
export interface Term {
  /** null: a bare word. */
  name: Qualifier | null;
  value: string;
  not: boolean;
  start: number;
  end: number;
}

export const QUERY_FAULTS = [
  'too_long',
  'too_many',
  'quote_open',
  'quote_end',
  'empty',
  'unknown_qualifier',
  'not_here',
  'repeated',
  'value',
] as const;

export interface QueryFault {
  code: (typeof QUERY_FAULTS)[number];
  /** A sentence for the person who typed it. */
  say: string;
  start: number;
  end: number;
}

export interface ParsedQuery {
  terms: Term[];
  /** In the order of the text; where there are any, nothing is searched. */
  faults: QueryFault[];
}

export const QUERY_LIMITS = { chars: 500, terms: 20, valueChars: 256 } as const;

/** Values of which a qualifier takes nothing else, per place. */
export function valuesOf(name: Qualifier, place: SearchPlace): readonly string[] | null {
  switch (name) {
    case 'action':
      return place === 'accesses' ? ACCESS_ACTIONS : [...AGENT_ACTIONS, ...ACCESS_ACTIONS];
    case 'class':
      return CLASSIFICATIONS;
    case 'outcome':
      return OUTCOMES;
    case 'has':
      return place === 'records' ? ['phi'] : ['gap'];
    default:
      return null;
  }
}

/** Qualifiers that can be searched by in a place, in the order in which they are offered. */
export function qualifiersOf(place: SearchPlace): readonly Qualifier[] {
  if (place === 'accesses') return OF_ACCESSES;
  return place === 'records' ? QUALIFIERS : OF_CONVERSATIONS;
}

/** Never throws; every character that is no space lies in exactly one term or is pointed at by a fault. */
export function parseQuery(text: string, place: SearchPlace = 'records'): ParsedQuery {
  const terms: Term[] = [];
  const faults: QueryFault[] = [];
  const fault = (code: QueryFault['code'], say: string, start: number, end: number) => faults.push({ code, say, start, end });
  if (text.length > QUERY_LIMITS.chars) {
    fault(
      'too_long',
      `A search has at most ${QUERY_LIMITS.chars} characters; this one has ${text.length}.`,
      QUERY_LIMITS.chars,
      text.length,
    );
    return { terms, faults };
  }
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text[at]!)) at++;
    if (at >= text.length) break;
    const start = at;
    const not = text[at] === '-';
    if (not) at++;
    const named = /^[A-Za-z_]+:/.exec(text.slice(at, at + 32))?.[0];
    const name = named?.slice(0, -1).toLowerCase();
    at += named?.length ?? 0;
    const read = readValue(text, at);
    at = read.end;
    const known = name === undefined ? null : QUALIFIERS.find((one) => one === name);
    if (read.fault) fault(read.fault, read.fault === 'quote_open' ? OPEN : GLUED, start, at);
    else if (known === undefined) fault('unknown_qualifier', sayUnknown(name!, text.slice(not ? start + 1 : start, at), place), start, at);
    else if (read.value === '')
      fault('empty', known === null ? 'There is nothing behind the minus sign.' : `${known}: needs a value.`, start, at);
    else {
      const term: Term = { name: known, value: read.value, not, start, end: at };
      const wrong = judge(term, place, terms);
      if (wrong) faults.push({ ...wrong, start, end: at });
      else if (terms.length === QUERY_LIMITS.terms) fault('too_many', `A search has at most ${QUERY_LIMITS.terms} terms.`, start, at);
      else terms.push(term);
    }
  }
  return { terms, faults };
}

const OPEN = 'The quote that begins here is not closed.';
const GLUED = 'Between a closing quote and what follows it stands a space.';

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === '\u00a0';
}

/** Up to the next space, or a quoted text; `end` is behind all that belongs to it. */
function readValue(text: string, from: number): { value: string; end: number; fault?: 'quote_open' | 'quote_end' } {
  let end = from;
  if (text[from] !== '"') {
    while (end < text.length && !isSpace(text[end]!)) end++;
    return { value: text.slice(from, end), end };
  }
  let value = '';
  for (end++; end < text.length && text[end] !== '"'; end++) {
    if (text[end] === '\\' && (text[end + 1] === '"' || text[end + 1] === '\\')) end++;
    value += text[end];
  }
  if (end >= text.length) return { value, end: text.length, fault: 'quote_open' };
  end++;
  if (end >= text.length || isSpace(text[end]!)) return { value, end };
  while (end < text.length && !isSpace(text[end]!)) end++;
  return { value, end, fault: 'quote_end' };
}

/** What is wrong with a term that was read well. `before`: the terms that stand in front of it. */
function judge(term: Term, place: SearchPlace, before: readonly Term[]): Pick<QueryFault, 'code' | 'say'> | null {
  const { name, value } = term;
  if (name !== null && !qualifiersOf(place).includes(name)) {
    if (place === 'conversations')
      return { code: 'not_here', say: `${name}: is known of records, not of conversations; search the records for it.` };
    const instead = name === 'conversation' ? ' Who looked at one: resource:conversation/ID.' : '';
    return { code: 'not_here', say: `${name}: is known of what agents did, not of what people did here.${instead}` };
  }
  if (name !== 'said' && !/^[\x20-\x7e]*$/.test(value)) {
    return { code: 'value', say: 'Names and ids hold printable ASCII characters only: nothing can match this.' };
  }
  if (/[\x00-\x1f\x7f]/.test(value)) return { code: 'value', say: 'A value holds no control characters.' };
  if (value.length > QUERY_LIMITS.valueChars) return { code: 'value', say: `A value has at most ${QUERY_LIMITS.valueChars} characters.` };
  const allowed = name === null ? null : valuesOf(name, place);
  if (allowed !== null && !allowed.includes(value)) {
    return { code: 'value', say: `${name}: takes ${list(nearest(value, allowed, 6))}.` };
  }
  if ((name === 'before' || name === 'after') && !isTimestamp(instantOf(value))) {
    return { code: 'value', say: `${name}: takes a day (2026-11-20) or an instant in UTC (2026-11-20T17:03Z).` };
  }
  if (name === 'domain' && !/^[a-z0-9][a-z0-9-]{0,31}$/.test(value)) {
    return { code: 'value', say: 'A compliance domain is lower-case letters, digits and hyphens: hipaa, pci-dss.' };
  }
  if (name === 'said' && tokensOf(value).length === 0) {
    return { code: 'value', say: 'Words are found by whole words of at least three letters or digits.' };
  }
  // A record has several domains and many words, but one of everything else: two of that would find nothing.
  if (name !== null && name !== 'domain' && name !== 'said' && !term.not && before.some((other) => other.name === name && !other.not)) {
    return {
      code: 'repeated',
      say: `${name}: stands twice. All terms must hold, and a ${place === 'conversations' ? 'conversation' : 'record'} has one.`,
    };
  }
  return null;
}

/** What the index of words knows of a text: whole words of at least three letters or digits, NFKC and in lower case, each once, in order. */
export function tokensOf(text: string): string[] {
  return [
    ...new Set(
      text
        .normalize('NFKC')
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]{3,}/gu) ?? [],
    ),
  ];
}

function sayUnknown(name: string, whole: string, place: SearchPlace): string {
  const [near] = nearest(name, qualifiersOf(place), 1);
  const meant = near !== undefined && distance(name, near) <= 2 ? ` Did you mean ${near}:?` : '';
  return `There is no ${name}: to search by.${meant} An id that has a colon stands in quotes: "${whole.replaceAll('"', '')}".`;
}

const list = (values: readonly string[]) => (values.length === 1 ? values[0]! : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);

/** The likeliest first, at most so many. */
function nearest(value: string, among: readonly string[], most: number): string[] {
  if (among.length <= most) return [...among];
  const rank = (one: string) => (one.startsWith(value) ? -1 : distance(value, one));
  return [...among].sort((a, b) => rank(a) - rank(b)).slice(0, most);
}

/** Levenshtein's, of short words; longer ones are as far as can be. */
function distance(a: string, b: string): number {
  if (a.length > 32) return 32;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** The text that is parsed into these terms again. */
export function formatQuery(terms: readonly Pick<Term, 'name' | 'value' | 'not'>[]): string {
  return terms
    .map(({ name, value, not }) => `${not ? '-' : ''}${name === null ? '' : `${name}:`}${quoted(value, name === null)}`)
    .join(' ');
}

function quoted(value: string, bare: boolean): string {
  const plain = !/["\s\u00a0]/.test(value) && value !== '' && !(bare && (value.startsWith('-') || /^[A-Za-z_]+:/.test(value)));
  return plain ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** What `resource:` names: `type/id`, `type/` for all of a type, and else an id or a type. A type holds no slash when it is asked for. */
export function readResource(value: string): { type?: string; id?: string; either?: string } {
  const slash = value.indexOf('/');
  if (slash <= 0) return { either: value };
  const type = value.slice(0, slash);
  return slash === value.length - 1 ? { type } : { type, id: value.slice(slash + 1) };
}
