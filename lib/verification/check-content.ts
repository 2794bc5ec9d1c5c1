import 'server-only';
import { hash } from 'node:crypto';
import type pg from 'pg';
import type { ChainBreak, ChainBreakCode } from '@/lib/chain/verify-chain';
import { ENTRY } from './chunk-query';
import { copyRows } from './copy-rows';

/**
 * Sealed words against what their records commit to (format, section 6): nothing is opened, and no key is asked for. Words whose key was destroyed by a shredding are
 * told as that and are no break.
 */

/** What a look at the words came to. */
export interface ContentFindings {
  /** Parts that records commit to. */
  parts: number;
  /** Of those, whose key a shredding destroyed. */
  shredded: number;
}

interface Commitment {
  seq: bigint;
  recordId: string;
  index: number;
  part: string;
  length: number;
  keyId: string;
  keyCommitment: string;
  nonce: string;
  sha256: string;
}

/** Records whose parts are read with one query. */
const PAGE = 500;
const FIELDS = 7;
const CONTENT = Buffer.from(',"content":[');
/** Where the member begins at the latest: behind action, actor and agent of at most 128 characters each, and the sender's own number. */
const BEFORE_CONTENT = 640;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Gathers what bodies commit to, while rows of the chunk query pass by. */
export class CommittedContent {
  readonly #commitments: Commitment[] = [];
  readonly #breaks: ChainBreak[] = [];

  /** @param at of a row that is no more than passing by: what is needed of it is copied. */
  takeRow(buffer: Buffer, at: Int32Array): void {
    const from = at[2 * ENTRY.body]!;
    const size = at[2 * ENTRY.body + 1]!;
    if (size < 0 || !mayHaveContent(buffer.subarray(from, from + Math.min(size, BEFORE_CONTENT)))) return;
    const recordId = uuidAt(buffer, at[2 * ENTRY.id]!);
    this.takeBody(buffer.readBigInt64BE(at[2 * ENTRY.seq]!), recordId, buffer.subarray(from, from + size));
  }

  /** A body that does not hash to its entry is a break of its own; what it says is held against the words all the same. */
  takeBody(seq: bigint, recordId: string, body: Uint8Array): void {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    if (!mayHaveContent(bytes.subarray(0, BEFORE_CONTENT))) return;
    let content: unknown;
    try {
      content = (JSON.parse(bytes.toString('utf8')) as { content?: unknown }).content;
    } catch {
      return;
    }
    if (!Array.isArray(content)) return;
    for (const said of content as unknown[]) {
      const read = readCommitment(said);
      if (read !== null) this.#commitments.push({ seq, recordId, ...read });
      else
        this.#breaks.push({ seq, recordId, code: 'content_mismatch', expected: 'a commitment to sealed words', found: 'something else' });
    }
  }

  /** Compares all that was gathered, page by page, and forgets it. */
  async compare(client: pg.ClientBase, ledgerId: number, onBreaks: (breaks: ChainBreak[]) => void): Promise<ContentFindings> {
    const found: ContentFindings = { parts: this.#commitments.length, shredded: 0 };
    onBreaks(this.#breaks.splice(0));
    const keys = new Map<string, KeyState>();
    while (this.#commitments.length > 0) {
      const page = this.#commitments.splice(0, pageEnd(this.#commitments));
      await readKeys(client, ledgerId, page, keys);
      const breaks = await comparePage(client, ledgerId, page, keys);
      found.shredded += page.filter(({ keyId }) => keys.get(keyId)?.state === 'shredded').length;
      onBreaks(breaks);
    }
    return found;
  }
}

/** Most records have no words: this look is all that they cost. */
function mayHaveContent(beginning: Buffer): boolean {
  return beginning.indexOf(CONTENT) >= 0;
}

/** Parts of one record stay together. */
function pageEnd(commitments: readonly Commitment[]): number {
  let end = Math.min(PAGE, commitments.length);
  while (end < commitments.length && commitments[end]!.recordId === commitments[end - 1]!.recordId) end++;
  return end;
}

function readCommitment(said: unknown): Omit<Commitment, 'seq' | 'recordId'> | null {
  if (typeof said !== 'object' || said === null) return null;
  const { index, part, length, key_id, key_commitment, nonce, ciphertext_sha256 } = said as Record<string, unknown>;
  const hex = (value: unknown, bytes: number): value is string =>
    typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]+$/.test(value);
  if (typeof index !== 'number' || typeof length !== 'number' || typeof part !== 'string') return null;
  if (typeof key_id !== 'string' || !UUID.test(key_id)) return null;
  if (!hex(key_commitment, 32) || !hex(nonce, 12) || !hex(ciphertext_sha256, 32)) return null;
  return { index, part, length, keyId: key_id, keyCommitment: key_commitment, nonce, sha256: ciphertext_sha256 };
}

interface KeyState {
  commitment: string;
  /** lost: destroyed, and no shredding of it that the access ledger has. */
  state: 'alive' | 'shredded' | 'lost';
}

async function readKeys(client: pg.ClientBase, ledgerId: number, page: readonly Commitment[], keys: Map<string, KeyState>): Promise<void> {
  const wanted = [...new Set(page.map(({ keyId }) => keyId))].filter((id) => !keys.has(id));
  if (wanted.length === 0) return;
  const { rows } = await client.query<{ id: string; commitment: string; alive: boolean; shredding: string | null }>(
    `SELECT k.id, encode(k.commitment, 'hex') AS commitment, k.wrapped IS NOT NULL AS alive, s.id AS shredding
       FROM content_keys k LEFT JOIN shreddings s ON s.id = k.shredding_id AND s.ledger_id = k.ledger_id
            AND s.scope_value = CASE s.scope_kind WHEN 'conversation' THEN k.conversation_id ELSE k.subject_id END
      WHERE k.ledger_id = $1 AND k.id = ANY ($2::uuid[])`,
    [ledgerId, wanted],
  );
  const told = await readTold(client, [...new Set(rows.flatMap(({ alive, shredding }) => (alive ? [] : (shredding ?? []))))]);
  for (const { id, commitment, alive, shredding } of rows)
    keys.set(id, { commitment, state: alive ? 'alive' : shredding !== null && told.has(shredding) ? 'shredded' : 'lost' });
}

/** Of these shreddings, those that the access ledger has: whoever can write rows could destroy words in somebody else's name. */
async function readTold(client: pg.ClientBase, shreddings: readonly string[]): Promise<Set<string>> {
  if (shreddings.length === 0) return new Set();
  const { rows } = await client.query<{ id: string; ledger: string; authority: string; body: Buffer }>(
    `SELECT s.id, l.slug AS ledger, s.authority, r.body FROM shreddings s JOIN ledgers l ON l.id = s.ledger_id JOIN ledgers a ON a.kind = 'access'
       JOIN records r ON r.ledger_id = a.id AND r.action = 'content_shredded' AND r.resource_type = s.scope_kind AND r.resource_id = s.scope_value
            AND r.actor_id = s.requested_by
      WHERE s.id = ANY ($1::uuid[])`,
    [shreddings],
  );
  const says = ({ id, ledger, authority, body }: (typeof rows)[number]): boolean => {
    try {
      const { details } = JSON.parse(body.toString('utf8')) as { details?: Record<string, unknown> };
      return details?.shredding === id && details.ledger === ledger && details.authority === authority;
    } catch {
      return false;
    }
  };
  return new Set(rows.filter(says).map(({ id }) => id));
}

async function comparePage(
  client: pg.ClientBase,
  ledgerId: number,
  page: readonly Commitment[],
  keys: ReadonlyMap<string, KeyState>,
): Promise<ChainBreak[]> {
  const open = new Map(page.map((said) => [`${said.recordId} ${said.index}`, said]));
  const seqs = new Map(page.map(({ recordId, seq }) => [recordId, seq]));
  const breaks: ChainBreak[] = [];
  const add = (at: { seq: bigint; recordId: string }, code: ChainBreakCode, expected: string, found: string) =>
    breaks.push({ seq: at.seq, recordId: at.recordId, code, expected, found });

  // Ids are of hexadecimal digits and dashes, whatever the database held: COPY takes no parameters.
  const ids = [...seqs.keys()].map((id) => `'${id}'::uuid`).join(',');
  const query = `SELECT record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext FROM content_parts
    WHERE ledger_id = ${ledgerId} AND record_id IN (${ids}) ORDER BY record_id, part_index`;
  await copyRows(client, query, FIELDS, (buffer, at) => {
    const bytes = (field: number) => buffer.subarray(at[2 * field]!, at[2 * field]! + Math.max(0, at[2 * field + 1]!));
    const recordId = uuidAt(buffer, at[0]!);
    const index = buffer.readInt16BE(at[2]!);
    const name = `${recordId} ${index}`;
    const said = open.get(name);
    if (said === undefined) {
      add(
        { seq: seqs.get(recordId)!, recordId },
        'content_mismatch',
        `nothing at place ${index}`,
        'sealed words that the record does not know',
      );
      return;
    }
    open.delete(name);
    const stored = describe({
      part: bytes(2).toString('utf8'),
      keyId: uuidAt(buffer, at[6]!),
      nonce: bytes(4).toString('hex'),
      sha256: hash('sha256', bytes(6), 'hex'),
    });
    if (stored !== describe(said)) add(said, 'content_mismatch', `${place(said)}: ${describe(said)}`, stored);
    else if (bytes(5).toString('hex') !== said.sha256)
      add(said, 'content_mismatch', `${place(said)}: digest ${said.sha256}`, `digest ${bytes(5).toString('hex')} beside it`);
  });
  for (const said of open.values())
    if (keys.get(said.keyId)?.state !== 'shredded')
      add(said, 'content_missing', `${place(said)}, ${said.length} bytes`, 'nothing is stored');
  for (const said of page) {
    const key = keys.get(said.keyId);
    if (key === undefined) add(said, 'content_missing', `${place(said)}: data key ${said.keyId}`, 'no such key');
    else if (key.state === 'lost')
      add(said, 'content_missing', `${place(said)}: a data key, or a shredding of it that the access ledger has`, 'neither');
    else if (key.commitment !== said.keyCommitment)
      add(said, 'content_mismatch', `${place(said)}: a key of commitment ${said.keyCommitment}`, key.commitment);
  }
  return breaks;
}

function place({ index, part }: Commitment): string {
  return `place ${index} (${part})`;
}

function describe({ part, keyId, nonce, sha256 }: Pick<Commitment, 'part' | 'keyId' | 'nonce' | 'sha256'>): string {
  return `${part}, ciphertext ${sha256}, nonce ${nonce}, key ${keyId}`;
}

function uuidAt(buffer: Buffer, at: number): string {
  const hex = buffer.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
