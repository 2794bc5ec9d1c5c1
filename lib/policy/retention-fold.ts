import type { PoliciesPreview, RetentionDto, RetentionState } from '@/lib/schema/retention';
import type { CalendarDay } from './retention-calendar';
import { isArchivable, isDue } from './retention-decide';
import type { Rules } from './retention-rules';
import { deciderOf, type Kind, kindOf, noTriggers, type Weighed, weighKind } from './retention-weigh';

/** Records that are alike in all that retention hangs on. */
export interface RetentionLine {
  event: CalendarDay;
  recorded: CalendarDay;
  /** As the registry in force maps them; see retention-unmapped.ts. */
  domains: readonly string[];
  unmapped: readonly string[];
  /** Of the holds and trigger events that reach them. */
  marks: readonly number[];
  state: RetentionState;
  count: number;
  /** Its marks reach at most so many of a larger number, and which of them is not known: a trigger event then makes nothing be kept for less long. */
  atMost?: boolean;
}

/** What the marks of lines stand for; a mark that is in neither has ended. */
export interface Marks {
  holds: ReadonlySet<number>;
  triggers: ReadonlyMap<number, { trigger: string; day: CalendarDay }>;
}

/** Answers for lines: what is the same for all lines of the same domains is made once, and so is what is the same for all of the same days that its clocks go by. */
export function makeWeigher(rules: Rules, marks: Marks): (line: RetentionLine) => Weighed {
  const kinds = new Map<readonly string[], Map<readonly string[], Known>>();
  return (line) => {
    const byTools = add(kinds, line.domains, () => new Map<readonly string[], Known>());
    const known = add(byTools, line.unmapped, () => knownOf(kindOf(line, rules)));
    const triggers = triggersOf(line.marks, marks);
    const days = { event: line.event, recorded: line.recorded, triggers };
    if (triggers.size > 0 && !line.atMost) return weighKind(days, known.kind, rules);
    const key = (known.event ? line.event : '') + (known.recorded ? line.recorded : '');
    const plain = add(known.answers, key, () => weighKind({ ...days, triggers: noTriggers() }, known.kind, rules));
    return triggers.size > 0 ? longer(plain, weighKind(days, known.kind, rules)) : plain;
  };
}

/** What is open is kept longest. */
const longer = (a: Weighed, b: Weighed): Weighed => ((b.keepUntil ?? '~') > (a.keepUntil ?? '~') ? b : a);

/** A kind, which days its clocks go by where no event was entered, and the answers by these. */
interface Known {
  kind: Kind;
  event: boolean;
  recorded: boolean;
  answers: Map<string, Weighed>;
}

function knownOf(kind: Kind): Known {
  const all = [...kind.minimums.map(({ rule }) => rule), ...kind.maximums, ...kind.hot, ...kind.longestOf];
  const goesBy = (day: 'event' | 'recorded') =>
    all.some(({ policy: { clock, or_else } }) => clock === day || (clock === 'trigger' && or_else === day));
  return { kind, event: goesBy('event'), recorded: goesBy('recorded'), answers: new Map() };
}

/** By trigger the latest day: an account that was closed twice was closed the second time. */
export function triggersOf(marks: readonly number[], { triggers }: Marks): ReadonlyMap<string, CalendarDay> {
  if (triggers.size === 0 || marks.length === 0) return noTriggers();
  const days = new Map<string, CalendarDay>();
  for (const mark of marks) {
    const entered = triggers.get(mark);
    if (entered === undefined) continue;
    const before = days.get(entered.trigger);
    if (before === undefined || entered.day > before) days.set(entered.trigger, entered.day);
  }
  return days.size === 0 ? noTriggers() : days;
}

const isHeld = (line: RetentionLine, { holds }: Marks) => holds.size > 0 && line.marks.some((mark) => holds.has(mark));
const UNMAPPED_SHOWN = 100;

type Progress = 'counted_to' | 'complete' | 'behind' | 'anew';
type Figures = Omit<RetentionDto, 'today' | 'policies_version' | Progress>;

interface Tally {
  hot: { free: number; held: number };
  archived: { free: number; held: number };
}

/** Many lines have one answer: how many records have each, those under a hold apart. What was destroyed has none. */
function tallyAnswers(lines: readonly RetentionLine[], weigher: (line: RetentionLine) => Weighed, marks: Marks): Map<Weighed, Tally> {
  const tallies = new Map<Weighed, Tally>();
  for (const line of lines) {
    if (line.state === 'destroyed') continue;
    const tally = add(tallies, weigher(line), () => ({ hot: { free: 0, held: 0 }, archived: { free: 0, held: 0 } }));
    tally[line.state][isHeld(line, marks) ? 'held' : 'free'] += line.count;
  }
  return tallies;
}

/** The sums of a ledger, decided answer by answer. What was destroyed counts among the records and nowhere else. */
export function foldRetention(lines: readonly RetentionLine[], rules: Rules, marks: Marks, today: CalendarDay): Figures {
  const records = { hot: 0, archived: 0, destroyed: 0 };
  const due = { hot: 0, archived: 0 };
  const overdue = { hot: 0, archived: 0 };
  const months = new Map<string, Figures['months'][number]>();
  const conflicts = new Map<string, { floor: string; ceiling: string; records: number }>();
  const unmapped = new Map<string, number>();
  const policies = new Map<string, { applies: number; decides: number; due: number }>();
  const sums = { toArchive: 0, held: 0, heldAndDue: 0, conflicts: 0, unmapped: 0 };
  const policy = (code: string) => add(policies, code, () => ({ applies: 0, decides: 0, due: 0 }));
  for (const code of rules.on.keys()) policy(code);
  for (const [weighed, tally] of tallyAnswers(lines, makeWeigher(rules, marks), marks)) {
    const decider = deciderOf(weighed) ?? '';
    const month = weighed.keepUntil?.slice(0, 7) ?? null;
    const wouldBeDue = isDue(weighed.keepUntil, today, false);
    for (const state of ['hot', 'archived'] as const) {
      const { free, held } = tally[state];
      const count = free + held;
      if (count === 0) continue;
      records[state] += count;
      add(months, `${decider} ${month ?? '~'} ${state}`, () => ({ policy: decider, month, state, records: 0 })).records += count;
      if (wouldBeDue) due[state] += free;
      if (weighed.disposeBy !== null && today > weighed.disposeBy) overdue[state] += count;
      if (state === 'hot' && isArchivable(weighed.archiveFrom, today, false)) sums.toArchive += free;
    }
    const held = tally.hot.held + tally.archived.held;
    const free = tally.hot.free + tally.archived.free;
    const count = free + held;
    sums.held += held;
    if (wouldBeDue) sums.heldAndDue += held;
    if (weighed.conflict !== null) {
      const [floor, ceiling] = [weighed.conflict.floor.rule.policy.code, weighed.conflict.ceiling.rule.policy.code];
      sums.conflicts += count;
      add(conflicts, `${floor} ${ceiling}`, () => ({ floor, ceiling, records: 0 })).records += count;
    }
    if (weighed.unmapped.length > 0) sums.unmapped += count;
    for (const what of weighed.unmapped) unmapped.set(what, (unmapped.get(what) ?? 0) + count);
    for (const { rule } of weighed.minimums) policy(rule.policy.code).applies += count;
    for (const { rule } of weighed.maximums) if (rule.floorEnd === null) policy(rule.policy.code).applies += count;
    for (const rule of weighed.silent) policy(rule.policy.code).applies += count;
    if (decider !== '') {
      policy(decider).decides += count;
      if (wouldBeDue) policy(decider).due += free;
    }
  }
  for (const { state, count } of lines) if (state === 'destroyed') records.destroyed += count;
  const figures = {
    records,
    months: [...months.values()].sort(
      (a, b) => compare(a.policy, b.policy) || compare(a.month ?? '~', b.month ?? '~') || compare(a.state, b.state),
    ),
    to_archive: sums.toArchive,
    due,
    overdue,
    held: sums.held,
    held_and_due: sums.heldAndDue,
    conflicts: { records: sums.conflicts, rows: [...conflicts.values()].sort((a, b) => b.records - a.records) },
    unmapped: {
      records: sums.unmapped,
      rows: [...unmapped]
        .sort((a, b) => b[1] - a[1] || compare(a[0], b[0]))
        .slice(0, UNMAPPED_SHOWN)
        .map(([what, count]) => ({ what, records: count })),
    },
    policies: [...policies].map(([code, found]) => ({
      code,
      title: rules.on.get(code)?.policy.title ?? code,
      on: rules.on.has(code),
      ...found,
    })),
  };
  return { ...figures, say: sayFigures(figures) };
}

function add<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** "1,204 records": in the one way in which numbers stand in sentences. */
export function sayRecords(count: number): string {
  return `${count.toLocaleString('en-US')} record${count === 1 ? '' : 's'}`;
}

function sayFigures(figures: Omit<Figures, 'say'>): string[] {
  const { records, due, overdue, to_archive, held, held_and_due, conflicts, unmapped } = figures;
  const is = (count: number) => (count === 1 ? 'is' : 'are');
  const all = records.hot + records.archived;
  const dueNow = due.hot + due.archived;
  const late = overdue.hot + overdue.archived;
  return [
    `${sayRecords(all)} ${is(all)} kept, ${records.archived.toLocaleString('en-US')} of them in the archive.`,
    `${sayRecords(to_archive)} may leave hot storage now.`,
    dueNow === 0
      ? 'Nothing has reached the end of its minimum.'
      : `${sayRecords(dueNow)} ${is(dueNow)} past the minimum and under no hold.`,
    ...(held === 0 ? [] : [`${sayRecords(held)} ${is(held)} under hold; ${held_and_due.toLocaleString('en-US')} of them would be due.`]),
    ...(late === 0 ? [] : [`${sayRecords(late)} ${is(late)} past a maximum.`]),
    ...(conflicts.records === 0
      ? []
      : [`${sayRecords(conflicts.records)} ${is(conflicts.records)} in conflict: a person has to settle which rule gives way.`]),
    ...(unmapped.records === 0
      ? []
      : [`${sayRecords(unmapped.records)} ${is(unmapped.records)} kept longest because something is unmapped.`]),
  ];
}

type Compared = Omit<PoliciesPreview, 'today' | Progress>;

/** What other rules would make of the same records. */
export function compareRules(lines: readonly RetentionLine[], before: Rules, after: Rules, marks: Marks, today: CalendarDay): Compared {
  const [old, fresh] = [makeWeigher(before, marks), makeWeigher(after, marks)];
  const sums = { due: 0, undue: 0, archivable: 0, unarchivable: 0, longer: 0, shorter: 0 };
  const conflicts = { before: 0, after: 0 };
  const unmapped = { before: 0, after: 0 };
  for (const line of lines) {
    if (line.state === 'destroyed') continue;
    const { count } = line;
    const held = isHeld(line, marks);
    const [was, will] = [old(line), fresh(line)];
    const [wasDue, willBeDue] = [isDue(was.keepUntil, today, held), isDue(will.keepUntil, today, held)];
    if (willBeDue && !wasDue) sums.due += count;
    if (wasDue && !willBeDue) sums.undue += count;
    if (line.state === 'hot') {
      const [could, can] = [isArchivable(was.archiveFrom, today, held), isArchivable(will.archiveFrom, today, held)];
      if (can && !could) sums.archivable += count;
      if (could && !can) sums.unarchivable += count;
    }
    const [until, then] = [was.keepUntil ?? '~', will.keepUntil ?? '~'];
    if (then > until) sums.longer += count;
    if (then < until) sums.shorter += count;
    if (was.conflict !== null) conflicts.before += count;
    if (will.conflict !== null) conflicts.after += count;
    if (was.unmapped.length > 0) unmapped.before += count;
    if (will.unmapped.length > 0) unmapped.after += count;
  }
  const figures = {
    would_become_due: sums.due,
    would_stop_being_due: sums.undue,
    would_become_archivable: sums.archivable,
    would_stop_being_archivable: sums.unarchivable,
    would_be_kept_longer: sums.longer,
    would_be_kept_shorter: sums.shorter,
    conflicts,
    unmapped,
  };
  return { ...figures, say: sayCompared(figures) };
}

function sayCompared(figures: Omit<Compared, 'say'>): string {
  const parts = [
    [figures.would_become_due, 'would become due'],
    [figures.would_stop_being_due, 'would no longer be due'],
    [figures.would_become_archivable, 'could be archived'],
    [figures.would_stop_being_archivable, 'could no longer be archived'],
    [figures.would_be_kept_longer, 'would be kept longer'],
    [figures.would_be_kept_shorter, 'would be kept for less long'],
    [figures.conflicts.after - figures.conflicts.before, 'would come into conflict'],
    [figures.conflicts.before - figures.conflicts.after, 'would no longer be in conflict'],
    [figures.unmapped.before - figures.unmapped.after, 'would no longer be unmapped'],
    [figures.unmapped.after - figures.unmapped.before, 'would become unmapped'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${sayRecords(count)} ${what}`);
  return said.length === 0 ? 'No record would be kept otherwise.' : `${said.join('; ')}.`;
}
