import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { fromBase64, toBase64 } from '@/lib/chain/base64';
import { utf8 } from '@/lib/chain/bytes';
import { canonicalize } from '@/lib/chain/canonical-json';
import { type KeyContext, type KeyEncryption, VaultError } from './key-encryption';
import { NONCE_BYTES, openBytes, sealBytes } from './seal-bytes';

const KEY_BYTES = 32;
const FORMAT = 'holdfast/key-encryption-keys/v1';
const Stored = z.strictObject({
  format: z.literal(FORMAT),
  current: z.string(),
  keys: z.array(z.strictObject({ id: z.string(), key: z.string(), made_at: z.string() })),
});
type Stored = z.infer<typeof Stored>;

export interface LocalKeys {
  current: KeyEncryption;
  all: ReadonlyMap<string, KeyEncryption>;
}

/**
 * Key-encryption keys of a file: the current one, and older ones until nothing is wrapped with them any more.
 * @returns null where the file is not there
 * @throws Error for a file that others may read, or that holds no such keys
 */
export function readLocalKeys(file: string): LocalKeys | null {
  if (!existsSync(file)) return null;
  const stored = readStored(file);
  const all = new Map(stored.keys.map(({ id, key }) => [id, localKey(file, id, key)]));
  const current = all.get(stored.current);
  if (current === undefined) throw new Error(`${file} is damaged: its current key is not among its keys. Restore it from a copy.`);
  return { current, all };
}

/** Makes the file with a first key where there is none; of several first starts at once, one makes it. @returns whether it was made now */
export function makeLocalKeys(file: string): boolean {
  if (existsSync(file)) return false;
  const first = newKey();
  return writeStored(file, { format: FORMAT, current: first.id, keys: [first] }, 'new');
}

/** A new current key; the one before stays, to unwrap with. @returns its id */
export function addLocalKey(file: string): string {
  const stored = readStored(file);
  const next = newKey();
  writeStored(file, { ...stored, current: next.id, keys: [...stored.keys, next] });
  return next.id;
}

/** Forgets keys with which nothing is wrapped any more. */
export function dropLocalKeys(file: string, ids: ReadonlySet<string>): void {
  const stored = readStored(file);
  writeStored(file, { ...stored, keys: stored.keys.filter(({ id }) => id === stored.current || !ids.has(id)) });
}

function newKey(): Stored['keys'][number] {
  const key = randomBytes(KEY_BYTES);
  return { id: idOf(key), key: toBase64(key), made_at: new Date().toISOString() };
}

/** Tells one key from another and nothing about either. */
function idOf(key: Uint8Array): string {
  return `local:${createHash('sha256').update('holdfast/kek-id/v1\n').update(key).digest('hex').slice(0, 16)}`;
}

function localKey(file: string, id: string, text: string): KeyEncryption {
  const read = fromBase64(text);
  if (read?.length !== KEY_BYTES || idOf(read) !== id)
    throw new Error(`${file} is damaged: the key ${id} is not what it says. Restore it from a copy.`);
  const key = Buffer.from(read);
  const aad = (context: KeyContext) => utf8(`holdfast/wrapped-key/v1\n${canonicalize({ ...context, kek: id })}`);
  const wrap = async (secret: Buffer, context: KeyContext) => {
    const { nonce, ciphertext } = sealBytes(key, secret, aad(context));
    return Buffer.concat([nonce, ciphertext]);
  };
  return {
    id,
    place: file,
    make: async (context) => {
      const secret = randomBytes(KEY_BYTES);
      return { secret, wrapped: await wrap(secret, context) };
    },
    wrap,
    unwrap: async (wrapped, context) => {
      if (wrapped.length <= NONCE_BYTES) throw new VaultError('unreadable', 'a wrapped key is too short');
      return openBytes(key, wrapped.subarray(0, NONCE_BYTES), wrapped.subarray(NONCE_BYTES), aad(context));
    },
  };
}

function readStored(file: string): Stored {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new Error(`${file} can be read by others than its owner: chmod 600 it, and consider that its keys may be known.`);
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`${file} is damaged: it is not JSON. Restore it from a copy.`);
  }
  const read = z.safeParse(Stored, parsed);
  if (!read.success) throw new Error(`${file} holds no key-encryption keys. Restore it from a copy.`);
  return read.data;
}

/** Whole and on disk before it counts: a lost key is lost words. @returns false where another process was first */
function writeStored(file: string, stored: Stored, how: 'new' | 'replace' = 'replace'): boolean {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(stored, null, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    // link refuses what is there already; rename would replace it.
    if (how === 'new') linkSync(temporary, file);
    else renameSync(temporary, file);
  } catch (error) {
    if (how === 'new' && (error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
  return true;
}
