import 'server-only';
import type { EntryDto } from '@/lib/schema/screens';
import type { Tx } from './bounded-read';
import type { Reached } from './read-retention';

interface Scope {
  kind: 'conversation' | 'subject' | 'resource' | 'actor' | 'agent' | 'time';
  value: string;
  type: string | null;
  day_from: string | null;
  day_to: string | null;
  hold: string | null;
  number: number | null;
  trigger_name: string | null;
  day: string | null;
}

type Values = { [Kind in Exclude<Scope['kind'], 'time'>]: Set<string> };

/**
 * Which standing holds and trigger events reach each of these entries, asked with what their bodies say: as scopes_over (migration "retention") finds it for records
 * that are in the database, and for those that were fetched from the archive too. Entries without a body are left out. By index, whatever the ledger's size.
 */
export async function readReachOf(tx: Tx, ledgerId: number, entries: readonly EntryDto[]): Promise<Map<string, Reached>> {
  const bodies = entries.filter(({ body }) => body !== null);
  if (bodies.length === 0) return new Map();
  const talks = unique(bodies.map(({ body }) => body!.conversation_id));
  const about = await tx.$queryRaw<{ conversation_id: string; subject_id: string }[]>`
    SELECT conversation_id, subject_id FROM conversations
     WHERE ledger_id = ${ledgerId} AND conversation_id = ANY (${talks}::text[]) AND subject_id IS NOT NULL`;
  const subjectOf = new Map(about.map(({ conversation_id, subject_id }) => [conversation_id, subject_id]));
  // Of all whom a conversation names, those on whom there is a hold: it reaches the whole conversation.
  const held = await tx.$queryRaw<{ conversation_id: string; subject_id: string }[]>`
    SELECT p.conversation_id, p.subject_id FROM conversation_people p
     WHERE p.ledger_id = ${ledgerId} AND p.conversation_id = ANY (${talks}::text[])
       AND EXISTS (SELECT FROM retention_scopes s
                    WHERE s.ledger_id = p.ledger_id AND s.standing AND s.use = 'hold' AND s.kind = 'subject' AND s.value = p.subject_id)`;
  const heldIn = new Set(held.map(({ conversation_id, subject_id }) => JSON.stringify([conversation_id, subject_id])));
  const values: Values = {
    conversation: new Set(talks),
    subject: new Set([
      ...subjectOf.values(),
      ...held.map(({ subject_id }) => subject_id),
      ...unique(bodies.map(({ body }) => body!.subject_id)),
    ]),
    resource: new Set(unique(bodies.map(({ body }) => body!.resource_id))),
    actor: new Set(bodies.map(({ body }) => body!.actor_id)),
    agent: new Set(unique(bodies.map(({ body }) => body!.agent_name))),
  };
  const scopes = await readScopes(tx, ledgerId, values);
  return new Map(
    bodies.map((entry) => {
      const talk = entry.body!.conversation_id ?? '';
      const named = (scope: Scope) =>
        subjectOf.get(talk) === scope.value || (scope.hold !== null && heldIn.has(JSON.stringify([talk, scope.value])));
      return [entry.seq, reachedBy(scopes.filter((scope) => reaches(scope, entry, named)))];
    }),
  );
}

function readScopes(tx: Tx, ledgerId: number, values: Values): Promise<Scope[]> {
  const given = (kind: keyof Values) => [...values[kind]];
  return tx.$queryRaw<Scope[]>`
    SELECT s.kind, s.value, s.type, s.day_from::text, s.day_to::text, h.id AS hold, h.number, t.trigger_name, t.day::text AS day
      FROM (
        SELECT * FROM retention_scopes WHERE ledger_id = ${ledgerId} AND standing AND kind = 'conversation' AND value = ANY (${given('conversation')}::text[])
        UNION ALL
        SELECT * FROM retention_scopes WHERE ledger_id = ${ledgerId} AND standing AND kind = 'subject' AND value = ANY (${given('subject')}::text[])
        UNION ALL
        SELECT * FROM retention_scopes WHERE ledger_id = ${ledgerId} AND standing AND kind = 'resource' AND value = ANY (${given('resource')}::text[])
        UNION ALL
        SELECT * FROM retention_scopes WHERE ledger_id = ${ledgerId} AND standing AND kind = 'actor' AND value = ANY (${given('actor')}::text[])
        UNION ALL
        SELECT * FROM retention_scopes WHERE ledger_id = ${ledgerId} AND standing AND kind = 'agent' AND value = ANY (${given('agent')}::text[])
        UNION ALL
        SELECT * FROM retention_scopes WHERE ledger_id = ${ledgerId} AND standing AND kind = 'time' AND value = ''
      ) s
      LEFT JOIN legal_holds h ON h.mark = s.mark LEFT JOIN retention_triggers t ON t.mark = s.mark`;
}

/** @param named whether the conversation of the entry is about the person of a scope, or names them where the scope is a hold */
function reaches(scope: Scope, { body, received_at }: EntryDto, named: (scope: Scope) => boolean): boolean {
  const { kind, value, type, day_from: from, day_to: to } = scope;
  const record = body!;
  const within = (day: string) => from! <= day && day <= to!;
  switch (kind) {
    case 'conversation':
      return record.conversation_id === value;
    case 'subject':
      return record.subject_id === value || named(scope);
    case 'resource':
      return record.resource_id === value && record.resource_type === type;
    case 'actor':
      return record.actor_id === value;
    case 'agent':
      return record.agent_name === value;
    case 'time':
      return within(record.timestamp.slice(0, 10)) || within(received_at.slice(0, 10));
  }
}

function reachedBy(scopes: readonly Scope[]): Reached {
  const reached: Reached = { holds: [], triggers: new Map() };
  for (const { hold, number, trigger_name: name, day } of scopes) {
    if (hold !== null && !reached.holds.some(({ id }) => id === hold)) reached.holds.push({ id: hold, number: number! });
    if (name !== null && day! > (reached.triggers.get(name) ?? '')) reached.triggers.set(name, day!);
  }
  reached.holds.sort((a, b) => a.number - b.number);
  return reached;
}

function unique(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
