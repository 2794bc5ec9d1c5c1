import 'server-only';
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Only this account reads what the signer keeps. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

const WAIT_MS = 10_000;
/** A holder on another machine cannot be asked whether it lives; it holds the lock for milliseconds. */
const STRANGER_STALE_MS = 60_000;

/** Marks of the locks that this process holds: its own number in a lock that is none of these is that of an earlier process. On globalThis: Next loads this module apart. */
const holder = globalThis as typeof globalThis & { __holdfastFileLocks?: Set<string> };
holder.__holdfastFileLocks ??= new Set();
const held = holder.__holdfastFileLocks;

/**
 * Puts a file in place so that after a loss of power either the old one is there or the new one, whole. Once this returns the new one is durable; where it
 * throws, either may be there.
 */
export async function writeDurably(file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', PRIVATE_FILE);
    await using(handle, async () => {
      await handle.writeFile(text);
      await handle.sync();
    });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** The same for a file that must not be there yet. @throws Error EEXIST */
export async function createDurably(file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', PRIVATE_FILE);
    await using(handle, async () => {
      await handle.writeFile(text);
      await handle.sync();
    });
    // A link, unlike a rename, never replaces what another process has made meanwhile.
    await link(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
}

/** Without it the name of a new file can be lost though its bytes are on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await using(handle, () => handle.sync());
}

async function using(handle: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await handle.close();
  }
}

/**
 * Runs the work while no other process or call holds the lock of that name. A holder that was killed is passed over.
 * @throws Error that names the file where a holder lives and does not let go.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const mark = `${os.hostname()} ${process.pid} ${randomBytes(8).toString('hex')}`;
  const own = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  held.add(mark);
  try {
    const handle = await open(own, 'wx', PRIVATE_FILE);
    await using(handle, () => handle.writeFile(mark));
    const until = performance.now() + WAIT_MS;
    while (!(await tryLink(own, file))) {
      if (await isStale(file)) await dropStale(file, `${own}.stale`);
      else if (performance.now() > until) throw new Error(`another process holds ${file}; remove that file if there is none`);
      else await sleep(5 + 10 * Math.random());
    }
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    held.delete(mark);
    await rm(own, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    const mark = await readFile(file, 'utf8');
    const [host, pid] = mark.split(' ');
    if (host !== os.hostname()) return Date.now() - (await stat(file)).mtimeMs > STRANGER_STALE_MS;
    if (Number(pid) === process.pid) return !held.has(mark);
    return !isAlive(Number(pid));
  } catch {
    return false;
  }
}

/** Of several that find it stale, one moves it away; who then holds a fresh one instead puts it back. */
async function dropStale(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if (!(await isStale(aside))) await tryLink(aside, file);
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
