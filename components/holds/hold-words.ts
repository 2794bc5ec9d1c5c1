import { countOf } from '@/components/ui/format-count';
import { dayAfter } from '@/lib/policy/retention-calendar';
import type { Held, HoldDto, HoldKind, HoldScope, HoldStep } from '@/lib/schema/holds';
import { IDENTIFIER, RESOURCE_ID } from '@/lib/schema/vocabulary';

/** A count that may have stopped: "at least 10,000 records". */
export function fewOf({ count, exact }: Held['records'], one: string, many: string): string {
  return `${exact ? '' : 'at least '}${countOf(count, one, many)}`;
}

export function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Where the records are listed that a hold was placed on. */
export function scopeHref({ kind, value, type, from, to }: HoldDto['scope']): string {
  switch (kind) {
    case 'conversation':
      return `/conversations/${encodeURIComponent(value)}`;
    case 'resource':
      return `/records?${new URLSearchParams({ resource_type: type ?? '', resource_id: value })}`;
    case 'time':
      return `/records?${new URLSearchParams({ after: from ?? '', before: dayAfter(to ?? '') })}`;
    default:
      return `/records?${new URLSearchParams({ [kind]: value })}`;
  }
}

export const KIND_WORDS: Record<HoldKind, { label: string; field: string; hint: string }> = {
  conversation: { label: 'A conversation', field: 'Id of the conversation', hint: 'All of it, whoever takes part.' },
  subject: {
    label: 'A person',
    field: 'Id of the person',
    hint: 'As records name them (subject_id); with every conversation in which a record names them.',
  },
  resource: {
    label: 'A resource',
    field: 'Id of the resource',
    hint: 'Whatever read or changed it, and the words of the conversations in which that was done.',
  },
  actor: { label: 'An actor', field: 'Id of the actor', hint: 'Whatever that agent, person or system did.' },
  agent: { label: 'An agent', field: 'Name of the agent', hint: 'Whatever was recorded under that name.' },
  time: { label: 'Days', field: 'First day', hint: 'What happened or was recorded on one of them, in UTC; both included.' },
};

/** What stands in the form. */
export interface ScopeDraft {
  kind: HoldKind;
  value: string;
  type: string;
  from: string;
  to: string;
}

export const NO_SCOPE: ScopeDraft = { kind: 'conversation', value: '', type: '', from: '', to: '' };
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** @returns the scope, or by field what is wrong with it; an empty field is not wrong yet */
export function readScope({
  kind,
  value,
  type,
  from,
  to,
}: ScopeDraft): { scope: HoldScope } | { faults: Partial<Record<keyof ScopeDraft, string>> } {
  const name = value.trim();
  if (kind === 'time') {
    if (!DAY.test(from) || !DAY.test(to)) return { faults: {} };
    return from <= to ? { scope: { kind, from, to } } : { faults: { to: 'The last day is before the first.' } };
  }
  if (kind === 'resource') {
    const faults = {
      ...(type.trim() !== '' && !IDENTIFIER.test(type.trim()) && { type: NO_ID }),
      ...(name !== '' && !RESOURCE_ID.test(name) && { value: NO_ID }),
    };
    if (name === '' || type.trim() === '' || Object.keys(faults).length > 0) return { faults };
    return { scope: { kind, type: type.trim(), value: name } };
  }
  if (name === '') return { faults: {} };
  return IDENTIFIER.test(name) ? { scope: { kind, value: name } } : { faults: { value: NO_ID } };
}

const NO_ID = 'That is no id: it has a character that ids do not have.';

export const STEP_WORDS: Record<HoldStep, string> = {
  hold_placed: 'Placed',
  hold_release_requested: 'Release asked for',
  hold_release_declined: 'Release declined',
  hold_released: 'Released',
};
