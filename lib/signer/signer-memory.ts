import 'server-only';
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { fromBase64, toBase64 } from '@/lib/chain/base64';
import { equalBytes } from '@/lib/chain/bytes';
import { readDecimal } from '@/lib/chain/decimal';
import { holdLock } from '@/lib/hold-lock';

/** The last tree that was signed under an origin. `timestamp` is seconds since 1970; `note` what was signed, so that one that got lost on its way can be given out again. */
export interface Remembered {
  origin: string;
  size: bigint;
  /** 32 bytes */
  root: Uint8Array;
  timestamp: bigint;
  note: string;
}

/**
 * What a signer (or a witness) must never forget, in a folder of its own outside the database and its backups. `compareAndSwap` returns when the new state
 * is on the disk: a kill at any moment leaves the old state or the new one, whole.
 */
export interface SignerMemory {
  /** null where nothing was ever signed under that origin, or the folder was lost. @throws MemoryDamaged */
  read(origin: string): Remembered | null;
  /** Where it throws anything but MemoryMoved, the disk has failed and either state may be remembered. @throws MemoryMoved where the state is not `previous` (any more): somebody else has signed meanwhile. */
  compareAndSwap(previous: Remembered | null, next: Remembered): Promise<void>;
}

export class MemoryMoved extends Error {
  override readonly name = 'MemoryMoved';
}

/** A state that cannot be read is not a state that was never there. */
export class MemoryDamaged extends Error {
  override readonly name = 'MemoryDamaged';
}

const WAIT_MS = 10_000;
const Stored = z.strictObject({
  format: z.literal('holdfast/signer-memory/v1'),
  origin: z.string(),
  size: z.string(),
  root: z.string(),
  timestamp: z.string(),
  note: z.string(),
});

/** @param dir made where it is missing, readable by its owner alone. */
export function openMemory(dir: string): SignerMemory {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const fileOf = (origin: string) => path.join(dir, `${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.json`);
  return {
    read: (origin) => readState(fileOf(origin), origin),
    async compareAndSwap(previous, next) {
      const file = fileOf(next.origin);
      const release = await holdLock(`${file}.lock`, WAIT_MS);
      try {
        if (!isSame(readState(file, next.origin), previous)) throw new MemoryMoved(`the memory of ${next.origin} has moved on`);
        writeState(dir, file, next);
      } finally {
        release();
      }
    },
  };
}

/** @throws MemoryDamaged */
function readState(file: string, origin: string): Remembered | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const stored = z.safeParse(Stored, parse(text));
  const size = stored.success ? readDecimal(stored.data.size) : null;
  const root = stored.success ? fromBase64(stored.data.root) : null;
  const timestamp = stored.success ? readDecimal(stored.data.timestamp) : null;
  if (!stored.success || stored.data.origin !== origin || size === null || root?.length !== 32 || timestamp === null)
    throw new MemoryDamaged(`${file} is damaged: it holds what was signed last for ${origin}. Restore it from a copy.`);
  return { origin, size, root, timestamp, note: stored.data.note };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The name is moved over the old file when the bytes are on the disk; the folder is synced, or the move itself could be lost with the power. */
function writeState(dir: string, file: string, state: Remembered): void {
  const fresh = `${file}.new`;
  const handle = openSync(fresh, 'w', 0o600);
  try {
    writeSync(
      handle,
      JSON.stringify({
        format: 'holdfast/signer-memory/v1',
        origin: state.origin,
        size: String(state.size),
        root: toBase64(state.root),
        timestamp: String(state.timestamp),
        note: state.note,
      }),
    );
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, file);
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isSame(a: Remembered | null, b: Remembered | null): boolean {
  if (a === null || b === null) return a === b;
  return a.size === b.size && a.timestamp === b.timestamp && equalBytes(a.root, b.root);
}
