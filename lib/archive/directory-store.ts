import 'server-only';
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { type ArchiveStore, assertKey, type PutTerms, type StoredObject, StoreFault } from './archive-store';

/** What stands beside each object, in a file of its own. */
const About = z.strictObject({ sha256: z.string(), retain_until: z.string() });
const ABOUT = '.about';
const HOLD = '.hold';
/** A key is written once: it has one version. */
const VERSION = '1';

/**
 * A folder of this machine, for installations without an object store: each file is written once, whole, to the disk, and read-only. Whoever owns the machine
 * can change it all the same. That is seen by the manifests, and is not prevented: tamper-evident, never WORM.
 */
export class DirectoryStore implements ArchiveStore {
  readonly kind = 'directory';
  readonly worm = false;
  readonly place: string;

  constructor(folder: string) {
    this.place = path.resolve(folder);
  }

  async check(): Promise<void> {
    await asked(
      async () => {
        await makeFolder(this.place);
        const probe = path.join(this.place, `.probe-${randomUUID()}`);
        await writeNew(probe, Buffer.from('x'));
        await rm(probe);
      },
      `The folder ${this.place} cannot be written to`,
      'unfit',
    );
  }

  async put(key: string, bytes: Buffer, { sha256, retainUntil }: PutTerms): Promise<{ versionId: string }> {
    const file = this.#file(key);
    const about = Buffer.from(`${JSON.stringify({ sha256: sha256.toString('hex'), retain_until: retainUntil.toISOString() })}\n`);
    await asked(
      async () => {
        await makeFolder(path.dirname(file));
        // In this order: an object that is there has its terms beside it.
        await createOnce(`${file}${ABOUT}`, about).catch((error) => passSame(error, `${file}${ABOUT}`, about));
        await createOnce(file, bytes).catch((error) => passSame(error, file, bytes));
      },
      `${key} could not be written`,
      'unreachable',
    );
    return { versionId: VERSION };
  }

  async head(key: string, versionId: string | null): Promise<StoredObject | null> {
    const file = this.#file(key);
    if (versionId !== null && versionId !== VERSION) return null;
    try {
      const { size } = await stat(file);
      const about = About.parse(JSON.parse(await readFile(`${file}${ABOUT}`, 'utf8')));
      const legalHold = await stat(`${file}${HOLD}`)
        .then(() => true)
        .catch(() => false);
      return { versionId: VERSION, bytes: size, sha256: about.sha256, mode: 'NONE', retainUntil: new Date(about.retain_until), legalHold };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw new StoreFault('unreachable', `${key} cannot be looked at (${sayError(error)}).`);
    }
  }

  async *get(key: string, versionId: string): AsyncIterable<Uint8Array> {
    const file = this.#file(key);
    if (versionId !== VERSION) throw new StoreFault('missing', `${key} has no version ${versionId}.`);
    try {
      for await (const piece of createReadStream(file)) yield piece as Buffer;
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw new StoreFault(gone ? 'missing' : 'unreachable', `${key} cannot be read (${sayError(error)}).`);
    }
  }

  async prolong(key: string, versionId: string, until: Date): Promise<void> {
    const file = this.#file(key);
    const found = await this.head(key, versionId);
    if (found === null) throw new StoreFault('missing', `${key} is not there.`);
    if (found.retainUntil !== null && found.retainUntil >= until) return;
    const about = Buffer.from(`${JSON.stringify({ sha256: found.sha256, retain_until: until.toISOString() })}\n`);
    await asked(
      async () => {
        const draft = path.join(path.dirname(file), `.draft-${randomUUID()}`);
        await writeNew(draft, about);
        await rename(draft, `${file}${ABOUT}`);
        await syncFolder(path.dirname(file));
      },
      `The terms of ${key} could not be written`,
      'unreachable',
    );
  }

  async legalHold(key: string, versionId: string, on: boolean): Promise<void> {
    const file = this.#file(key);
    if ((await this.head(key, versionId)) === null) throw new StoreFault('missing', `${key} is not there.`);
    await asked(
      async () => {
        if (on) await createOnce(`${file}${HOLD}`, Buffer.alloc(0)).catch((error) => passSame(error, `${file}${HOLD}`, Buffer.alloc(0)));
        else await rm(`${file}${HOLD}`, { force: true });
        await syncFolder(path.dirname(file));
      },
      `The hold of ${key} could not be written`,
      'unreachable',
    );
  }

  async remove(key: string, versionId: string): Promise<void> {
    const found = await this.head(key, versionId);
    if (found === null) return;
    if (found.legalHold) throw new StoreFault('locked', `A legal hold is on ${key}.`);
    if (found.retainUntil !== null && found.retainUntil.getTime() > Date.now())
      throw new StoreFault('locked', `${key} is to be kept until ${found.retainUntil.toISOString()}.`);
    const file = this.#file(key);
    await asked(
      async () => {
        await rm(file, { force: true });
        await rm(`${file}${ABOUT}`, { force: true });
        await syncFolder(path.dirname(file));
      },
      `${key} could not be deleted`,
      'unreachable',
    );
  }

  async *list(prefix: string): AsyncIterable<{ key: string; versionId: string }> {
    const names = await readdir(this.place, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw new StoreFault('unreachable', `${this.place} cannot be read (${sayError(error)}).`);
    });
    const keys = names
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith(ABOUT) && !entry.name.endsWith(HOLD))
      .map((entry) => path.relative(this.place, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
    for (const key of keys.filter((key) => key.startsWith(prefix)).sort()) yield { key, versionId: VERSION };
  }

  close(): void {}

  #file(key: string): string {
    assertKey(key);
    if (key.endsWith(ABOUT) || key.endsWith(HOLD)) throw new TypeError(`${key} is no key of an archive`);
    return path.join(this.place, ...key.split('/'));
  }
}

/** With every folder above it that is not there; each of them stands on the disk in the one above. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; ; made = path.dirname(made)) {
    await syncFolder(made);
    if (made === first) break;
  }
  await syncFolder(path.dirname(first));
}

/** Whole, on the disk and read-only, or not there. @throws EEXIST where there is one of that name */
async function createOnce(file: string, bytes: Buffer): Promise<void> {
  const draft = path.join(path.dirname(file), `.draft-${randomUUID()}`);
  try {
    await writeNew(draft, bytes);
    await link(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(path.dirname(file));
}

async function writeNew(file: string, bytes: Buffer): Promise<void> {
  const handle: FileHandle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o400);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is there already and is the same was put by a try whose answer was lost. */
async function passSame(error: NodeJS.ErrnoException, file: string, bytes: Buffer): Promise<void> {
  if (error.code !== 'EEXIST') throw error;
  const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  if (digest(await readFile(file)) !== digest(bytes))
    throw new StoreFault(
      'exists',
      `${file} is there already, with other bytes. Nothing is written over: the next run uses another name. Look who wrote it, and move it away.`,
    );
  // That try may have ended before it was on the disk.
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(path.dirname(file));
}

async function asked(work: () => Promise<void>, what: string, code: 'unfit' | 'unreachable'): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    throw new StoreFault(code, `${what} (${sayError(error)}).`);
  }
}

function sayError(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
}
