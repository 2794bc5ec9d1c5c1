import 'server-only';
import { toBase64 } from '@/lib/chain/base64';
import {
  type AbsentLine,
  type BundleDataKeys,
  CONTENT_ABSENT,
  CONTENT_KEYS,
  contentPath,
  type WordsCounts,
} from '@/lib/chain/bundle-format';
import { utf8 } from '@/lib/chain/bytes';
import { canonicalize } from '@/lib/chain/canonical-json';
import { readCommitments, type WordsCommitment } from '@/lib/chain/sealed-words';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import { type DataKey, openDataKey } from '@/lib/vault/data-keys';
import { isVaultError } from '@/lib/vault/key-encryption';
import { openPart } from '@/lib/vault/seal-part';
import type { BundleZip } from './bundle-zip';
import type { KeyPlan, WordsPlan } from './plan-words';
import type { ReportPart, ReportRecord } from './report-record';
import { MOST_OF_WORDS } from './show-record';
import { WordsTable } from './words-table';

const LEFT_OUT = 'left out: its key opens more than this bundle holds';
const UNREADABLE = 'what is stored is not what the record commits to';

/** Puts the words of records into a bundle, a record at a time: the words of one record are in memory, and of the others what reports and table show. */
export class WordsWriter {
  readonly counts: WordsCounts = { parts: 0, shredded: 0, left_out: 0, unreadable: 0 };
  readonly #plans: ReadonlyMap<string, KeyPlan>;
  readonly #keys = new Map<string, Promise<DataKey>>();
  readonly #used = new Set<string>();
  readonly #absent: AbsentLine[] = [];
  readonly #table = new WordsTable();

  constructor(
    private readonly ledger: LedgerRow,
    plan: WordsPlan,
    private readonly zip: BundleZip,
  ) {
    this.#plans = new Map(plan.keys.map((key) => [key.id, key]));
  }

  /** @throws RefusalError vault_unavailable; conflict where words were shredded meanwhile */
  async add(record: ReportRecord): Promise<ReportPart[]> {
    const commitments = readCommitments(record.body?.content) ?? [];
    if (commitments.length === 0) return [];
    const sealed = await this.#read(record.id, commitments);
    const parts: ReportPart[] = [];
    for (const commitment of commitments) {
      const { part, index } = commitment;
      const opened = await this.#open(record, commitment, sealed.get(index));
      if ('text' in opened) {
        await this.zip.add(contentPath(BigInt(record.seq), index), sealed.get(index)!);
        this.#used.add(commitment.key_id);
        this.counts.parts++;
      } else {
        this.#absent.push({ seq: record.seq, index, why: opened.why, say: opened.absent });
        this.counts[opened.why]++;
      }
      this.#table.add({ seq: record.seq, record: record.id, part, index, said: opened });
      parts.push({ part, index, said: 'text' in opened ? beginningOf(opened.text) : { absent: opened.absent } });
    }
    return parts;
  }

  async end(): Promise<WordsCounts> {
    const keys: BundleDataKeys['keys'] = [];
    for (const id of [...this.#used].sort()) keys.push({ id, key: toBase64((await this.#key(id)).key) });
    await this.zip.add(CONTENT_KEYS, utf8(`${canonicalize({ keys })}\n`));
    await this.zip.add(CONTENT_ABSENT, utf8(this.#absent.map((line) => `${canonicalize({ ...line })}\n`).join('')));
    await this.zip.add('words.csv', this.#table.bytes());
    return this.counts;
  }

  /** Those whose key is given out; no others leave the database. */
  async #read(recordId: string, commitments: readonly WordsCommitment[]): Promise<Map<number, Buffer>> {
    const indexes = commitments.filter(({ key_id: id }) => this.#plans.get(id)?.state === 'whole').map(({ index }) => index);
    if (indexes.length === 0) return new Map();
    const { rows } = await pool('verification').query<{ part_index: number; ciphertext: Buffer }>(
      'SELECT part_index, ciphertext FROM content_parts WHERE ledger_id = $1 AND record_id = $2 AND part_index = ANY ($3::int[])',
      [this.ledger.id, recordId, indexes],
    );
    return new Map(rows.map((row) => [row.part_index, row.ciphertext]));
  }

  async #open(
    record: ReportRecord,
    commitment: WordsCommitment,
    ciphertext: Buffer | undefined,
  ): Promise<{ text: string } | { why: AbsentLine['why']; absent: string }> {
    const plan = this.#plans.get(commitment.key_id);
    if (plan?.state === 'shredded') return { why: 'shredded', absent: sayShredded(plan) };
    if (plan?.state === 'partial') return { why: 'left_out', absent: LEFT_OUT };
    if (plan === undefined || ciphertext === undefined)
      return { why: 'unreadable', absent: 'the sealed words are not where they should be' };
    const { conversation_id: conversation } = record.body!;
    const place = {
      origin: this.ledger.origin,
      conversationId: typeof conversation === 'string' ? conversation : null,
      recordId: record.id,
      part: commitment.part,
      index: commitment.index,
    };
    try {
      return { text: openPart(await this.#key(commitment.key_id), place, commitment, ciphertext) };
    } catch (error) {
      if (!isVaultError(error)) throw error;
      if (error.code === 'unavailable')
        throw new RefusalError('vault_unavailable', 'The vault does not answer, so that no words could be opened. Make it again later.');
      if (error.code === 'shredded') throw new RefusalError('conflict', 'Words of it were shredded while it was made. Make it again.');
      log.warn({ err: error, ledger: this.ledger.slug, record: record.id, index: commitment.index }, 'a part could not be opened');
      return { why: 'unreadable', absent: UNREADABLE };
    }
  }

  #key(id: string): Promise<DataKey> {
    let key = this.#keys.get(id);
    if (key === undefined) {
      key = openDataKey(this.ledger.id, id);
      this.#keys.set(id, key);
    }
    return key;
  }
}

function sayShredded({ shredding }: KeyPlan): string {
  return shredding === null
    ? 'its key was destroyed'
    : `shredded ${shredding.at} by ${shredding.requested_by} under ${shredding.authority}`;
}

/** What a report can show of it at most, so that no more is held. */
function beginningOf(text: string): { text: string; characters: number; whole: boolean } {
  const end = /[\ud800-\udbff]/.test(text.charAt(MOST_OF_WORDS - 1)) ? MOST_OF_WORDS - 1 : MOST_OF_WORDS;
  return { text: text.slice(0, end), characters: [...text].length, whole: text.length <= end };
}
