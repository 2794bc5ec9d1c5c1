import 'server-only';
import type { Tx } from './bounded-read';
import type { Reached } from './read-retention';

/** What a decision about destruction hangs on, of a record that is here. */
export interface HereKind {
  seq: bigint;
  event_day: string;
  recorded_day: string;
  domains: string | null;
  unmapped: string[];
  conversation_id: string | null;
  subject_id: string | null;
  action: string;
  /** Its body is the one that its entry names. */
  sound: boolean;
}

export function readKindsAt(tx: Tx, ledgerId: number, seqs: readonly bigint[]): Promise<HereKind[]> {
  return tx.$queryRaw`
    SELECT r.seq, (r.occurred_at AT TIME ZONE 'UTC')::date::text AS event_day, day_recorded(e.received_at_us)::text AS recorded_day, r.domains,
           unmapped_of(r.action, r.body) AS unmapped, r.conversation_id, r.subject_id, r.action, sha256(r.body) = e.body_hash AS sound
      FROM records r JOIN entries e ON e.ledger_id = ${ledgerId} AND e.seq = r.seq
     WHERE r.ledger_id = ${ledgerId} AND r.seq = ANY (${seqs.map(String)}::bigint[]) ORDER BY r.seq`;
}

/** Of a record whose body is in the archive alone: its columns, from that body. As the functions of migration "destruction" take them. */
export interface ArchivedFacts {
  seq: string;
  conversation_id: string | null;
  subject_id: string | null;
  actor_id: string;
  agent_name: string | null;
  resource_type: string | null;
  resource_id: string | null;
  event_day: string;
  domains: string | null;
  unmapped: string[];
}

/** As readReached says it of records that are here. */
export async function readArchivedReached(tx: Tx, ledgerId: number, facts: readonly ArchivedFacts[]): Promise<Map<bigint, Reached>> {
  const reached = new Map<bigint, Reached>(facts.map(({ seq }) => [BigInt(seq), { holds: [], triggers: new Map() }]));
  if (facts.length === 0) return reached;
  const rows = await tx.$queryRaw<
    { seq: bigint; hold: string | null; number: number | null; trigger_name: string | null; day: string | null }[]
  >`SELECT o.seq, h.id AS hold, h.number, t.trigger_name, t.day::text FROM scopes_over_archived(${ledgerId}::int, ${JSON.stringify(facts)}::jsonb) o
      LEFT JOIN legal_holds h ON h.mark = o.mark LEFT JOIN retention_triggers t ON t.mark = o.mark`;
  for (const { seq, hold, number, trigger_name, day } of rows) {
    const found = reached.get(seq)!;
    if (hold !== null) found.holds.push({ id: hold, number: number! });
    if (trigger_name !== null && day! > (found.triggers.get(trigger_name) ?? '')) found.triggers.set(trigger_name, day!);
  }
  return reached;
}

/** Records with words of which a hold keeps the whole conversation. */
export async function readWordsHeld(
  tx: Tx,
  ledgerId: number,
  places: readonly { seq: bigint; conversationId: string | null }[],
): Promise<Map<bigint, number[]>> {
  const held = new Map<bigint, number[]>();
  if (places.length === 0) return held;
  const rows = await tx.$queryRaw<{ seq: bigint; number: number }[]>`
    SELECT w.seq, h.number FROM words_held(${ledgerId}::int, ${places.map(({ seq }) => String(seq))}::bigint[],
                                           ${places.map(({ conversationId }) => conversationId ?? '')}::text[]) w JOIN legal_holds h ON h.id = w.hold`;
  for (const { seq, number } of rows) held.set(seq, [...(held.get(seq) ?? []), number]);
  return held;
}

export async function readRulesMark(tx: Tx, ledgerId: number): Promise<string> {
  const [row] = await tx.$queryRaw<{ mark: string }[]>`SELECT rules_in_force(${ledgerId}::int) AS mark`;
  return row!.mark;
}

/** Headers of what is not here. */
export function readHeaders(
  tx: Tx,
  ledgerId: number,
  seqs: readonly bigint[],
): Promise<{ seq: bigint; body_hash: Uint8Array; recorded_day: string }[]> {
  return tx.$queryRaw`
    SELECT seq, body_hash, day_recorded(received_at_us)::text AS recorded_day FROM entries WHERE ledger_id = ${ledgerId} AND seq = ANY (${seqs.map(String)}::bigint[])`;
}
