import 'server-only';
import * as z from 'zod/mini';
import type { AccessActor } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { PurposeOfUse } from '@/lib/schema/words';
import { assertWords, type KeyPlan, ownersOf, planWords, type WordsPlan } from './plan-words';

const SCREEN = '/api/v1/exports';

/** Who asked for words, and what for: the job makes its entries in their name. */
export const WordsAsked = z.extend(PurposeOfUse, {
  actor: z.looseObject({ id: z.string(), type: z.enum(['user', 'admin', 'system']) }),
});
export type WordsAsked = z.infer<typeof WordsAsked>;

/** From here on nothing more is sealed under the keys of a conversation that is exported whole: what is said while the bundle is made is sealed under the next one. */
export async function retireKeysOf(ledger: LedgerRow, conversationId: string): Promise<void> {
  await pool('verification').query('SELECT retire_conversation_keys($1, $2)', [ledger.id, conversationId]);
}

/**
 * Decides which data keys go into a bundle, and enters durably whose words are given out, by whom and what for, before one of them is opened.
 * @returns the plan, in which a key is whole exactly where it was noted as given out
 * @throws RefusalError out_of_range; audit_unavailable: then nothing may be opened
 */
export async function giveOutWords(
  ledger: LedgerRow,
  exportId: string,
  asked: WordsAsked,
  seqs: readonly bigint[],
  signal: AbortSignal,
): Promise<WordsPlan> {
  const found = await planWords(ledger, seqs, signal);
  assertWords(found);
  const whole = found.keys.filter(({ state }) => state === 'whole');
  const { rows } = await pool('verification').query<{ id: string }>(
    'SELECT disclose_content_keys($1, $2, $3::uuid[], $4::bigint[]) AS id',
    [exportId, ledger.id, whole.map(({ id }) => id), whole.map(({ parts }) => parts)],
  );
  const given = new Set(rows.map(({ id }) => id));
  // One that was whole a moment ago has sealed more since, or was destroyed.
  const judged = (key: KeyPlan): KeyPlan => (key.state === 'whole' && !given.has(key.id) ? { ...key, state: 'partial' } : key);
  const plan = { ...found, keys: found.keys.map(judged) };
  assertWords(plan);
  for (const { resource, subjects, records, parts } of ownersOf(plan.keys).values()) {
    signal.throwIfAborted();
    await appendAccess(asked.actor as AccessActor, ledger.slug, {
      action: 'content_revealed',
      screen: SCREEN,
      resource,
      ...(subjects.length === 1 && { subjectId: subjects[0] }),
      purpose: asked.purpose,
      details: {
        parts,
        records,
        export: exportId,
        ...(resource.type === 'record' && { record: resource.id }),
        ...(subjects.length > 1 && { subjects }),
        ...(asked.note !== undefined && asked.note !== '' && { note: asked.note }),
      },
    });
  }
  return plan;
}
