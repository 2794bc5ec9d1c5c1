import 'server-only';
import type { RecordFilter } from '@/lib/schema/filters';
import type { ConversationDto, EntryDto, InForce } from '@/lib/schema/screens';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { readEntries } from './read-entries';
import { newestGoverning } from './read-governing';
import { searchRecords } from './search-records';
import { walkPositions } from './walk-positions';

/** Grants and revocations of an agent that are looked at, newest first: far more than an agent ever has, and a bound all the same. */
const GRANTS_MAX = 500;

const word = (entry: EntryDto, name: string): string | null => {
  const value = entry.body?.details?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Prompt and model of an agent as the records before a position say; null where none says. */
export async function readInForce(tx: Tx, ledger: LedgerRow, agent: string, before: bigint): Promise<InForce> {
  const [prompt] = await newestGoverning(tx, ledger, { action: 'prompt_changed', agent }, before - 1n, 1);
  const [model] = await newestGoverning(tx, ledger, { action: 'model_changed', agent }, before - 1n, 1);
  const version = prompt && word(prompt, 'version');
  const name = model && word(model, 'model');
  return {
    prompt: prompt?.body && version ? { version, since: prompt.body.timestamp, seq: prompt.seq } : null,
    model: model?.body && name ? { name, since: model.body.timestamp, seq: model.seq } : null,
  };
}

/**
 * Grants to an agent that stood when a conversation began: recorded before it, not revoked before it, not expired by then. Position decides what came
 * before; a clock decides only expiry, which is all that it was given for.
 * @param span first and last position of the conversation; a revocation between them is told.
 */
export async function readGrants(
  tx: Tx,
  ledger: LedgerRow,
  agent: string,
  span: { first: bigint; last: bigint; startedAt: string },
): Promise<ConversationDto['grants']> {
  const granted = await newestGoverning(tx, ledger, { action: 'access_granted', agent }, span.first - 1n, GRANTS_MAX);
  if (granted.length === 0) return [];
  const revoked = await newestGoverning(tx, ledger, { action: 'access_revoked', agent }, span.last, GRANTS_MAX);
  return granted.flatMap((entry) => {
    const { body } = entry;
    if (body === null) return [];
    const grantId = word(entry, 'grant_id');
    const expires = word(entry, 'expires_at');
    if (expires !== null && Date.parse(expires) <= Date.parse(span.startedAt)) return [];
    // The oldest revocation that follows the grant ends it.
    const end = revoked.findLast(
      (other) => grantId !== null && word(other, 'grant_id') === grantId && BigInt(other.seq) > BigInt(entry.seq),
    );
    if (end !== undefined && BigInt(end.seq) < span.first) return [];
    return [
      {
        seq: entry.seq,
        grant_id: grantId,
        conversation_id: body.conversation_id ?? null,
        granted_at: body.timestamp,
        requester: word(entry, 'requester'),
        approver: word(entry, 'approver'),
        scope: word(entry, 'scope'),
        reason: word(entry, 'reason'),
        resource_type: body.resource_type ?? null,
        expires_at: expires,
        revoked_at: end?.body?.timestamp ?? null,
      },
    ];
  });
}

/** Who opened a conversation, newest first, from the access ledger; the one who asks is left out. */
export async function readViewers(
  tx: Tx,
  access: LedgerRow,
  what: { ledger: string; conversationId: string; notBy: string },
  wanted: number,
): Promise<ConversationDto['viewed_by']> {
  const filter: RecordFilter = { resource_type: 'conversation', resource_id: what.conversationId };
  const { seqs } = await walkPositions(tx, searchRecords(access, filter), { low: 0n, high: 2n ** 62n, older: true }, wanted * 5);
  const entries = await readEntries(tx, access.id, seqs);
  return entries
    .flatMap(({ seq, body }) =>
      body !== null && body.action === 'record_viewed' && body.details?.ledger === what.ledger && body.actor_id !== what.notBy
        ? [{ person: body.actor_id, at: body.timestamp, seq }]
        : [],
    )
    .slice(0, wanted);
}
