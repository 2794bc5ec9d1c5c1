import type { DestructionFound, DestructionScope } from '@/lib/schema/destruction';
import type { GoverningAction } from '@/lib/schema/vocabulary';

const many = (count: number) => `${count.toLocaleString('en-US')} record${count === 1 ? '' : 's'}`;
const is = (count: number) => (count === 1 ? 'is' : 'are');

/** What was found of a scope, in sentences. */
export function sayFound(found: DestructionFound): string {
  const { due, archived, held, not_due, unsound, unreachable, destroyed, complete, holds } = found;
  const parts = [
    due === 0
      ? 'Nothing of it can be destroyed.'
      : `${many(due)} ${is(due)} past ${due === 1 ? 'its' : 'their'} minimum and under no hold${archived === 0 ? '' : `, ${archived === due ? 'all' : archived.toLocaleString('en-US')} of them in the archive`}.`,
  ];
  const governing = sayGoverning(found);
  if (governing !== null) parts.push(governing);
  if (held > 0)
    parts.push(
      `${many(held)} would be due and ${is(held)} kept by ${holds.length === 1 ? 'hold' : 'holds'} ${holds.map((number) => `#${number}`).join(', ')}.`,
    );
  if (not_due > 0) parts.push(`${many(not_due)} ${is(not_due)} not due yet.`);
  if (unsound > 0)
    parts.push(
      `${many(unsound)} ${is(unsound)} not what ${unsound === 1 ? 'its entry says' : 'their entries say'}: that is evidence, and stays.`,
    );
  if (unreachable > 0) parts.push(`${many(unreachable)} cannot be decided now: the archive does not answer.`);
  if (destroyed > 0) parts.push(`${many(destroyed)} ${destroyed === 1 ? 'was' : 'were'} destroyed before.`);
  if (!complete) parts.push(sayLookedTo(found));
  return parts.join(' ');
}

/** Of a look that ended before all of its scope was looked at. */
export function sayLookedTo({ due, looked_to }: Pick<DestructionFound, 'due' | 'looked_to'>): string {
  const rest = due === 0 ? 'by its positions' : 'when this is done, or by its positions';
  return `This is as far as position ${Number(looked_to).toLocaleString('en-US')}. What lies behind it can be asked for ${rest}.`;
}

const GOVERNING: Record<GoverningAction, readonly [one: string, several: string]> = {
  access_granted: ['grant of access', 'grants of access'],
  access_revoked: ['revocation of access', 'revocations of access'],
  prompt_changed: ['change of a prompt', 'changes of prompts'],
  model_changed: ['change of a model', 'changes of models'],
};

/** Warns of what would go that says what was in force. @returns null where none would */
export function sayGoverning({ governing = [] }: Pick<DestructionFound, 'governing'>): string | null {
  if (governing.length === 0) return null;
  const parts = governing.map(({ action, records }) => `${records.toLocaleString('en-US')} ${GOVERNING[action][records === 1 ? 0 : 1]}`);
  const last = parts.pop()!;
  const list = parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
  const one = governing.length === 1 && governing[0]!.records === 1;
  return `Among them ${one ? 'is' : 'are'} ${list}. Once ${one ? 'it is' : 'these are'} gone, nobody can tell by ${one ? 'it' : 'them'} any more what was in force for what is kept.`;
}

/** A scope in words, as headings have it. */
export function sayScope(scope: { kind: DestructionScope['kind']; value: string; until?: string; from?: string; to?: string }): string {
  switch (scope.kind) {
    case 'conversation':
      return `conversation ${scope.value}`;
    case 'subject':
      return `what is about ${scope.value}`;
    case 'policy':
      return `what ${scope.value} kept until ${scope.until} at the latest`;
    case 'range':
      return `positions ${scope.from} to ${scope.to}`;
  }
}
