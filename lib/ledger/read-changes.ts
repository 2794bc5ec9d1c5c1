import 'server-only';
import type { ChangeDto } from '@/lib/schema/prompts';
import type { EntryDto } from '@/lib/schema/screens';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { newestGoverning, nextGoverning } from './read-governing';

const ACTION = { prompt: 'prompt_changed', model: 'model_changed' } as const;
type Kind = ChangeDto['kind'];
/** Conversations that are counted; beyond it the count says "at least". */
const SERVED_MAX = 1_000;
/** Changes that are looked through for agents, newest first. */
const RECENT = 300;

/** Names of agents: those that keys may write under, and those of the newest changes. Sorted, at most `most`. */
export async function listAgents(tx: Tx, ledger: LedgerRow, high: bigint, most: number): Promise<string[]> {
  const names = await tx.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT unnest(agent_names) AS name FROM api_keys WHERE ledger_id = ${ledger.id} LIMIT ${most}`;
  const recent = await newest(tx, ledger, 'prompt', undefined, high, RECENT);
  const all = new Set([...names.map(({ name }) => name), ...recent.flatMap(({ body }) => body?.agent_name ?? [])]);
  return [...all].sort().slice(0, most);
}

/** What is in force for an agent at a position (inclusive), null where nothing says. */
export async function readChangeInForce(tx: Tx, ledger: LedgerRow, agent: string, kind: Kind, high: bigint): Promise<ChangeDto | null> {
  const [entry] = await newest(tx, ledger, kind, agent, high, 1);
  return entry === undefined ? null : toChange(tx, ledger, kind, entry, await following(tx, ledger, kind, entry));
}

/** Changes of an agent's prompts and models at or below a position, newest first, at most `wanted` of both together. */
export async function readChanges(tx: Tx, ledger: LedgerRow, agent: string, high: bigint, wanted: number): Promise<ChangeDto[]> {
  const kinds = ['prompt', 'model'] as const;
  const found = await Promise.all(kinds.map((kind) => newest(tx, ledger, kind, agent, high, wanted)));
  const all = found.flatMap((entries, i) => entries.map((entry) => ({ entry, kind: kinds[i]! })));
  all.sort((a, b) => (BigInt(a.entry.seq) < BigInt(b.entry.seq) ? 1 : -1));
  const changes: ChangeDto[] = [];
  for (const { entry, kind } of all.slice(0, wanted))
    changes.push(await toChange(tx, ledger, kind, entry, await following(tx, ledger, kind, entry)));
  return changes;
}

function newest(tx: Tx, ledger: LedgerRow, kind: Kind, agent: string | undefined, high: bigint, wanted: number): Promise<EntryDto[]> {
  return newestGoverning(tx, ledger, { action: ACTION[kind], ...(agent === undefined ? {} : { agent }) }, high, wanted);
}

/** The change of the same kind that ended this one. */
async function following(tx: Tx, ledger: LedgerRow, kind: Kind, entry: EntryDto): Promise<bigint | null> {
  const agent = entry.body?.agent_name;
  if (agent === undefined) return null;
  return nextGoverning(tx, ledger, { action: ACTION[kind], agent }, BigInt(entry.seq));
}

async function toChange(
  tx: Tx,
  ledger: LedgerRow,
  kind: Kind,
  { seq, id, received_at, body }: EntryDto,
  ended: bigint | null,
): Promise<ChangeDto> {
  const word = (name: string): string | null => {
    const value = body?.details?.[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const length = body?.details?.length;
  const agent = body?.agent_name ?? '';
  return {
    seq,
    id,
    kind,
    agent,
    name: word(kind === 'prompt' ? 'version' : 'model'),
    previous: word(kind === 'prompt' ? 'previous_version' : 'previous_model'),
    at: body?.timestamp ?? received_at,
    received_at,
    author: word('author'),
    approver: word('approver'),
    ticket: word('ticket'),
    reason: word('reason'),
    length: typeof length === 'number' ? length : null,
    text_part: textPart(body),
    served: await countServed(tx, ledger, agent, BigInt(seq), ended),
  };
}

/** Where the prompt's text stands among the commitments of the record. */
function textPart(body: EntryDto['body']): number | null {
  const content: unknown = body === null ? undefined : (body as { content?: unknown }).content;
  if (!Array.isArray(content)) return null;
  const part: unknown = content.find((one) => typeof one === 'object' && one !== null && 'part' in one && one.part === 'prompt');
  return typeof part === 'object' && part !== null && 'index' in part && typeof part.index === 'number' ? part.index : null;
}

async function countServed(tx: Tx, ledger: LedgerRow, agent: string, from: bigint, ended: bigint | null): Promise<ChangeDto['served']> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (
      SELECT 1 FROM conversations WHERE ledger_id = ${ledger.id} AND agent_name = ${agent} AND first_seq > ${from} AND first_seq < ${ended ?? 2n ** 62n}
       ORDER BY first_seq LIMIT ${SERVED_MAX + 1}) AS counted`;
  return { count: Math.min(row!.n, SERVED_MAX), exact: row!.n <= SERVED_MAX };
}
