import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './share-postgres';

const WAIT_MS = 120_000;
const STALE_MS = 300_000;

/**
 * One process of a checkout at a time makes, starts or stops what all of them share: secrets, the server's data, the server. Waits for its turn;
 * a holder that was killed is passed over.
 * @returns how to give it back.
 * @throws Error that names the file where the holder lives and does not let go.
 */
export async function holdState(dir: string): Promise<() => void> {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const file = path.join(dir, 'start.lock');
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    const until = Date.now() + WAIT_MS;
    while (!tryLink(own, file)) {
      if (isStale(file)) dropStale(file, own);
      else if (Date.now() > until) throw new Error(`another start holds ${file}; remove that file if there is none.`);
      else await sleep(50);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** A link appears whole, with the number in it, or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Our own number in it is that of an earlier process: in a container numbers begin anew. */
function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid === process.pid || !isAlive(pid) || Date.now() - statSync(file).mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}

/** Of several that find it stale, one moves it away; who then holds a fresh one instead puts it back. */
function dropStale(file: string, own: string): void {
  const aside = `${own}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (!isStale(aside)) tryLink(aside, file);
  rmSync(aside, { force: true });
}
