import 'server-only';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const STALE_MS = 300_000;

/**
 * Holds a lock file among the processes of one machine; waits for its turn. A holder that was killed, or that has held it for five minutes, is passed over.
 * @returns how to give it back.
 * @throws Error that names the file where the holder lives and does not let go within `waitMs`.
 */
export async function holdLock(file: string, waitMs: number): Promise<() => void> {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, String(process.pid));
  try {
    const until = Date.now() + waitMs;
    while (!tryLink(own, file)) {
      if (isStale(file)) dropStale(file, own);
      else if (Date.now() > until) throw new Error(`another process holds ${file}; remove that file if there is none.`);
      else await sleep(20);
    }
  } finally {
    rmSync(own, { force: true });
  }
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

/** What this process holds: a lock with its own number that is not here is that of an earlier process, for in a container numbers begin anew. */
const held = new Set<string>();

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

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return (pid === process.pid ? !held.has(file) : !isAlive(pid)) || Date.now() - statSync(file).mtimeMs > STALE_MS;
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

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    // Ended and not yet collected by its parent: where /proc tells of it, it counts as gone.
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return status[status.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return true;
  }
}
