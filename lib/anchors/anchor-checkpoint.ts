import 'server-only';
import type * as z from 'zod/mini';
import { formatNote, parseNote } from '@/lib/chain/signed-note';
import { proveConsistency } from '@/lib/chain/tiles';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { dbTiles } from '@/lib/ledger/read-tree';
import { postWebhook } from '@/lib/outbound/post-webhook';
import { EmailConfig, ObjectLockConfig, TimestampConfig, WebhookConfig, WitnessConfig } from '@/lib/schema/anchors';
import type { AnchorKind, CheckpointDto } from '@/lib/schema/proofs';
import { askWitness } from './ask-witness';
import { mailCheckpoint } from './mail-checkpoint';
import { readWitnessKeys } from './target-config';

/** As much of a target as an attempt needs. */
export interface Place {
  id: string;
  kind: AnchorKind;
  config: unknown;
}

const DAY_MS = 86_400_000;

/**
 * Brings a checkpoint to a place outside. What speaks to time-stamping authorities and object stores is large, and loaded where there is such a place. @returns what proves that it is there: cosignature lines, a TimeStampResp, or JSON that says what was answered.
 * @throws Error whose message says to an administrator why not
 */
export async function anchorCheckpoint(place: Place, ledger: LedgerRow, checkpoint: CheckpointDto, now: Date): Promise<Buffer> {
  switch (place.kind) {
    case 'witness':
      return Buffer.from(await cosign(place, ledger, checkpoint));
    case 'timestamp': {
      const { url, certificates } = read(TimestampConfig, place);
      const { stampCheckpoint } = await import('./stamp-checkpoint');
      return (await stampCheckpoint(url, certificates, checkpoint.note)).evidence;
    }
    case 'webhook':
      return post(place, ledger, checkpoint, now);
    case 'object_lock': {
      const { bucket, prefix, retain_days } = read(ObjectLockConfig, place);
      const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
      const key = `${folder}${checkpoint.origin}/checkpoints/${checkpoint.number.padStart(12, '0')}.txt`;
      // Stores keep whole seconds, and a lock must not be shorter than what was asked for.
      const until = new Date(Math.ceil((now.getTime() + retain_days * DAY_MS) / 1000) * 1000);
      const { lockObject } = await import('./lock-object');
      return json(await lockObject({ bucket, key }, checkpoint.note, until));
    }
    case 'email':
      return json(await mailCheckpoint(read(EmailConfig, place).to, ledger, checkpoint));
  }
}

/** The log's own signatures go to a witness; what other witnesses said is nothing to it. */
async function cosign(place: Place, ledger: LedgerRow, checkpoint: CheckpointDto): Promise<string> {
  const { url, vkey } = read(WitnessConfig, place);
  const keys = readWitnessKeys(vkey);
  // Its line stands in what is submitted: an echo would pass for a witness.
  if (keys.some(({ name }) => name === checkpoint.origin))
    throw new Error('This is a key of the ledger itself; a witness is somebody else.');
  const { text, signatures } = parseNote(checkpoint.note);
  const note = formatNote(
    text,
    signatures.filter(({ name }) => name === checkpoint.origin),
  );
  const size = BigInt(checkpoint.size);
  return askWitness({
    url,
    keys,
    note,
    size,
    lastSize: await lastCosigned(place.id, ledger.id, checkpoint.incarnation),
    proveFrom: (from) => proveConsistency(dbTiles(ledger.id, pool('verification')), from, size, nodeSha256),
  });
}

/** The largest tree of this origin that the place has cosigned, as far as is known here. */
async function lastCosigned(targetId: string, ledgerId: number, incarnation: number): Promise<bigint> {
  const { rows } = await pool('verification').query<{ size: string }>(
    `SELECT c.size FROM anchors a JOIN checkpoints c ON c.ledger_id = a.ledger_id AND c.number = a.checkpoint_number
      WHERE a.ledger_id = $1 AND a.target_id = $2 AND c.incarnation = $3 ORDER BY a.checkpoint_number DESC LIMIT 1`,
    [ledgerId, targetId, incarnation],
  );
  return rows[0] === undefined ? 0n : BigInt(rows[0].size);
}

/** The id is that of place and checkpoint: a receiver that was told twice passes the second over. */
async function post(place: Place, ledger: LedgerRow, checkpoint: CheckpointDto, now: Date): Promise<Buffer> {
  const { url } = read(WebhookConfig, { ...place, config: without(place.config, 'secret') });
  const { number, origin, size, root, signed_at, note } = checkpoint;
  const id = `msg_${place.id.replaceAll('-', '')}_${number}`;
  const data = { ledger: ledger.slug, number, origin, size, root, signed_at, note };
  const status = await postWebhook(url, secretOf(place.config), { id, type: 'checkpoint.signed', at: new Date(signed_at), data }, now);
  return json({ url, status, message_id: id, posted_at: now.toISOString() });
}

function secretOf(config: unknown): string {
  const secret = (config as { secret?: unknown } | null)?.secret;
  if (typeof secret !== 'string') throw new Error('This webhook has no secret; remove it and add it again.');
  return secret;
}

function without(config: unknown, name: string): unknown {
  return Object.fromEntries(Object.entries(config ?? {}).filter(([key]) => key !== name));
}

function read<T>(shape: z.ZodMiniType<T>, { config }: Pick<Place, 'config'>): T {
  const read = shape.safeParse(config);
  if (!read.success) throw new Error('What is kept of how to reach this place cannot be read; remove it and add it again.');
  return read.data;
}

function json(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
