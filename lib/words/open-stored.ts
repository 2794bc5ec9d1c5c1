import 'server-only';
import * as z from 'zod/mini';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import type { EntryDto } from '@/lib/schema/screens';
import type { PartDto } from '@/lib/schema/words';
import { type DataKey, openDataKey } from '@/lib/vault/data-keys';
import type { VaultError, VaultErrorCode } from '@/lib/vault/key-encryption';
import { openPart, type PartCommitment } from '@/lib/vault/seal-part';

/** `again`: the vault or the store did not answer; another time it may. */
export type Opened = { text: string } | { absent: 'shredded' | 'unreadable'; why: string; again?: true };
/** One part's words, or why there are none. Never throws for what is stored: a part that cannot be opened hides no other. */
export type Opener = (part: PartDto, entry: EntryDto) => Promise<Opened>;

/** A key serves the parts of one reveal that come within so short a time: a key service is not asked for each, and what is shredded meanwhile is soon shut. */
const KEY_MS = 5_000;
const MOST_KEYS = 100;

const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)));
/** What can be opened; a body that says anything else was not made by this product. */
const Openable = z.looseObject({
  ciphertext_sha256: hex(32),
  index: z.int(),
  key_commitment: hex(32),
  key_id: z.string(),
  length: z.int(),
  nonce: hex(12),
  part: z.string(),
});

const WHY: Record<VaultErrorCode, string> = {
  shredded: 'Its key was destroyed.',
  unavailable: 'The vault does not answer; ask again later.',
  unreadable: 'What is stored is not what the record committed to.',
};
const MISSING = 'The sealed words are not where they should be.';

export function openerOf(ledger: LedgerRow): Opener {
  const keys = new Map<string, { made: Promise<DataKey>; until: number }>();
  const keyOf = (id: string): Promise<DataKey> => {
    const known = keys.get(id);
    if (known !== undefined && known.until > Date.now()) return known.made;
    const made = openDataKey(ledger.id, id);
    if (keys.size >= MOST_KEYS) keys.clear();
    keys.set(id, { made, until: Date.now() + KEY_MS });
    return made;
  };
  return async (part, entry) => {
    if (part.state === 'shredded') return { absent: 'shredded', why: WHY.shredded };
    if (part.state === 'missing') return { absent: 'unreadable', why: MISSING };
    try {
      const commitment = commitmentOf(entry, part);
      if (commitment === null) return { absent: 'unreadable', why: WHY.unreadable };
      const key = await keyOf(commitment.key_id);
      const ciphertext = await readCiphertext(ledger.id, part);
      if (ciphertext === null) return { absent: 'unreadable', why: MISSING };
      const place = {
        origin: ledger.origin,
        conversationId: entry.body?.conversation_id ?? null,
        recordId: entry.id,
        part: part.part,
        index: part.index,
      };
      return { text: openPart(key, place, commitment, ciphertext) };
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'shredded')
        log.warn({ err: error, ledger: ledger.slug, record: entry.id, index: part.index }, 'a part could not be opened');
      return { absent: code === 'shredded' ? 'shredded' : 'unreadable', why: WHY[code], ...(code === 'unavailable' && { again: true }) };
    }
  };
}

function commitmentOf(entry: EntryDto, part: PartDto): PartCommitment | null {
  const content: unknown = entry.body?.content;
  if (!Array.isArray(content)) return null;
  for (const one of content) {
    const read = z.safeParse(Openable, one);
    if (read.success && read.data.index === part.index && read.data.part === part.part) return read.data;
  }
  return null;
}

async function readCiphertext(ledgerId: number, part: PartDto): Promise<Buffer | null> {
  const { rows } = await pool('screens').query<{ ciphertext: Buffer }>(
    'SELECT ciphertext FROM content_parts WHERE ledger_id = $1 AND record_id = $2 AND part_index = $3',
    [ledgerId, part.record_id, part.index],
  );
  return rows[0]?.ciphertext ?? null;
}

/** By name: pages and the listener are two module graphs in one process. Anything else that fails is the store's not answering. */
function codeOf(error: unknown): VaultErrorCode {
  return error instanceof Error && error.name === 'VaultError' ? (error as VaultError).code : 'unavailable';
}
