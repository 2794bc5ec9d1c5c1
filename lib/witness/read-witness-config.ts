import 'server-only';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { isKeyName } from '@/lib/chain/signed-note';
import { parseVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';

/** The one file that a witness is set up with. */
export interface WitnessConfig {
  /** As it stands in its cosignatures: an address without scheme, such as `witness.example.org/audits`. */
  name: string;
  /** Without a host at every address of the machine. */
  listen: { host?: string; port: number };
  /** Keys and memory. Absolute; in the file relative to it. */
  dir: string;
  /** By origin, the keys of which one must have signed. */
  logs: Map<string, VerifierKey[]>;
}

const line = z.string().check(z.minLength(1), z.maxLength(255));
const Config = z.strictObject({
  name: line,
  listen: z.string(),
  dir: z.string().check(z.minLength(1)),
  logs: z
    .array(z.strictObject({ origin: line, vkeys: z.array(z.string()).check(z.minLength(1), z.maxLength(32)) }))
    .check(z.maxLength(10_000)),
});
const LISTEN = /^(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/i;

/** @throws Error that says in a sentence what is wrong with the file. */
export function readWitnessConfig(file: string): WitnessConfig {
  const wrong = (what: string) => new Error(`${file} ${what}.`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(
      error instanceof SyntaxError ? `is not JSON (${error.message})` : `cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  const read = z.safeParse(Config, json);
  if (!read.success)
    throw wrong(`does not set up a witness: ${read.error.issues.map((i) => `${i.path.join('.') || 'file'}: ${i.message}`).join('; ')}`);
  const { name, listen, dir, logs } = read.data;
  // A cosigned message of type 0x06 counts the bytes of the name in one byte, and so those of the origin.
  if (!isKeyName(name) || Buffer.byteLength(name) > 255) throw wrong('has a name with spaces or plus in it, or of more than 255 bytes');
  const at = LISTEN.exec(listen);
  const port = Number(at?.[2]);
  if (at === null || port > 65_535) throw wrong('listens neither at a port nor at host:port');
  const known = new Map<string, VerifierKey[]>();
  for (const { origin, vkeys } of logs) {
    if (known.has(origin)) throw wrong(`names ${origin} twice`);
    if (/[\u0000-\u001f]/.test(origin) || Buffer.byteLength(origin) > 255)
      throw wrong(`has an origin that no checkpoint can have: ${JSON.stringify(origin)}`);
    known.set(
      origin,
      vkeys.map((vkey) => readKey(vkey, origin, wrong)),
    );
  }
  return {
    name,
    listen: at[1] === undefined ? { port } : { host: at[1].replace(/^\[|\]$/g, ''), port },
    dir: path.resolve(path.dirname(file), dir),
    logs: known,
  };
}

function readKey(vkey: string, origin: string, wrong: (what: string) => Error): VerifierKey {
  try {
    return parseVerifierKey(vkey.trim());
  } catch (error) {
    throw wrong(`has a key of ${origin} that cannot be read: ${(error as Error).message}`);
  }
}
