import { sayPeriod } from './retention-calendar';
import { sayTrigger } from './retention-catalogue';
import type { Rule, Rules } from './retention-rules';
import type { Maximum, Minimum, Settled, Start, Weighed } from './retention-weigh';

/**
 * A decision in one sentence: "kept until 2032-03-01: HIPAA (6 years) outlasts SOC 2 (1 year); hold #12".
 */
/** Of an access ledger. */
export const KEPT_WHOLE =
  'kept without an end: the access ledger stays whole. Every verification asks it for what was done, so that nothing of it is archived or destroyed';

export function sayDecision(weighed: Weighed, rules: Rules, holds: readonly { number: number }[]): string {
  if (rules.whole) return KEPT_WHOLE;
  const parts = [sayKept(weighed), ...sayUnmapped(weighed), ...weighed.settled.map((one) => saySettled(one, rules))];
  const { conflict, disposeBy, maximums, off, silent } = weighed;
  if (conflict !== null)
    parts.push(`in conflict with ${nameOf(conflict.ceiling.rule, 'ceiling')}, which asks for disposal by ${conflict.ceiling.end}`);
  else if (disposeBy !== null) {
    const ceiling = maximums.find((maximum) => maximum.end === disposeBy)!;
    parts.push(`to be disposed of by ${disposeBy}: ${nameOf(ceiling.rule, 'ceiling')}`);
  }
  for (const { rule, end } of maximums)
    if (end === null) parts.push(`the clock of ${rule.policy.title} starts with ${sayTrigger(rule.policy.trigger)}`);
  if (silent.length > 0)
    parts.push(`${list(silent.map(({ policy }) => policy.title))} ${silent.length === 1 ? 'gives' : 'give'} no period`);
  if (off.length > 0)
    parts.push(`${list(off.map((code) => rules.off.get(code) ?? code))} ${off.length === 1 ? 'is' : 'are'} named and off`);
  if (holds.length > 0) parts.push(`hold${holds.length === 1 ? '' : 's'} ${holds.map(({ number }) => `#${number}`).join(', ')}`);
  return parts.join('; ');
}

function sayKept({ keepUntil, minimums, maximums }: Weighed): string {
  const [first] = minimums;
  if (first === undefined) return 'kept without an end: no policy sets a minimum';
  if (keepUntil !== first.end) {
    // Somebody settled that a maximum ends it before.
    const ceiling = maximums.find((maximum) => maximum.end === keepUntil);
    const by =
      ceiling === undefined ? minimums.filter((minimum) => minimum.end === keepUntil).map(sayFloor) : [nameOf(ceiling.rule, 'ceiling')];
    return `kept until ${keepUntil}: ${list(by)}, though ${sayFloor(first)} would keep it longer`;
  }
  if (keepUntil === null)
    return `kept without an end: the clock of ${first.rule.policy.title} starts with ${sayTrigger(first.rule.policy.trigger)}`;
  const equal = minimums.filter((minimum) => minimum.end === first.end).map(sayFloor);
  const shorter = minimums.filter((minimum) => minimum.end !== first.end).map(sayFloor);
  const outlasts = shorter.length === 0 ? '' : ` ${equal.length === 1 ? 'outlasts' : 'outlast'} ${list(shorter)}`;
  return `kept until ${keepUntil}: ${list(equal)}${outlasts}`;
}

/** "HIPAA (6 years)", and what moved its clock: "HIPAA (6 years from last in effect, 2028-05-01)". */
function sayFloor({ rule, start }: Minimum): string {
  const period = sayPeriod(rule.policy.floor!);
  const moved = start !== 'open' && start.by === 'trigger' ? ` from ${sayTrigger(rule.policy.trigger)}, ${start.day}` : '';
  return `${rule.policy.title} (${period}${moved})`;
}

function sayUnmapped({ unmapped, minimums }: Weighed): string[] {
  if (unmapped.length === 0) return [];
  const names = unmapped.map((label) => {
    const at = label.indexOf(':');
    const [kind, name] = [label.slice(0, at).replaceAll('_', ' '), label.slice(at + 1)];
    return name === '' ? `a ${kind} without a name` : `${kind} ${name}`;
  });
  const holds = minimums.some(({ why }) => why === 'unmapped') ? ', so that the longest minimum holds' : '';
  return [`${list(names)} ${unmapped.length === 1 ? 'is' : 'are'} unmapped${holds}`];
}

function saySettled({ floor, ceiling, in_favour_of, instead }: Settled, rules: Rules): string {
  const title = (code: string) => rules.on.get(code)?.policy.title ?? code;
  const [won, lost] = in_favour_of === 'floor' ? [floor, ceiling] : [ceiling, floor];
  return `settled in favour of ${title(won)} over ${title(lost)}${instead === null ? '' : ` (${instead})`}`;
}

const STARTS = { event: 'the event', recorded: 'when it was recorded', trigger: 'what was entered' } as const;

function sayStart(start: Start, trigger: string | null): string {
  if (start === 'open') return `${sayTrigger(trigger)}, which nobody has entered yet`;
  return `${start.day}, ${start.by === 'trigger' ? sayTrigger(trigger) : STARTS[start.by]}`;
}

/** "HIPAA: at least 6 years from 2026-03-01, when it was recorded: until 2032-03-01 (45 CFR 164.316(b)(2)(i))." */
export function sayMinimum({ rule: { policy }, start, end, why }: Minimum): string {
  const until = end === null ? 'no end yet' : `until ${end}`;
  const reason = {
    unmapped: '; the longest minimum that is on, since something is unmapped',
    fallback: '; no other policy sets a minimum',
  };
  return `${policy.title}: at least ${sayPeriod(policy.floor!)} from ${sayStart(start, policy.trigger)}: ${until} (${policy.source})${why ? reason[why] : ''}.`;
}

export function sayMaximum({ rule: { policy }, start, end }: Maximum): string {
  const by = end === null ? 'no day yet' : `by ${end}`;
  return `${policy.title}: at most ${sayPeriod(policy.ceiling!)} from ${sayStart(start, policy.trigger)}: ${by} (${policy.source}).`;
}

export function saySilent({ policy }: Rule): string {
  return `${policy.title}: no period (${policy.source})${policy.note === null ? '.' : `. ${policy.note}`}`;
}

function nameOf({ policy }: Rule, which: 'floor' | 'ceiling'): string {
  return `${policy.title} (${sayPeriod(policy[which]!)})`;
}

/** "a", "a and b", "a, b and c". */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
