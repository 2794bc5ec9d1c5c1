import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@/lib/log';
import { type EmbeddedPostgres, runningServer, startPostgres } from './embedded-postgres';
import { holdState } from './hold-state';

const LOOK_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * The embedded server has no other keeper: where it is gone, killed or crashed, it is started again on its port, and everyone who waits for it
 * finds it there. Of several processes one does so. @returns how to stop looking.
 */
export function keepPostgres(stateDir: string, server: EmbeddedPostgres, password: string): () => Promise<void> {
  let stopped = false;
  let wait = LOOK_MS;
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const next = () => {
    timer = setTimeout(() => {
      looking = look().finally(() => {
        if (!stopped) next();
      });
    }, wait);
    timer.unref();
  };
  async function look(): Promise<void> {
    if (runningServer(server.dataDir)) {
      wait = LOOK_MS;
      return;
    }
    const letGo = await holdState(stateDir);
    try {
      if (stopped || runningServer(server.dataDir)) return;
      log.error({ port: server.port }, 'PostgreSQL is gone; starting it again');
      // It recovers by itself before it takes connections; until then ingest answers 503.
      await startPostgres({ dir: path.join(stateDir, 'pg'), password, port: server.port, wait: false });
      for (let i = 0; i < 40 && !runningServer(server.dataDir); i++) await sleep(50);
    } catch (error) {
      log.error({ err: error }, 'PostgreSQL could not be started again');
    } finally {
      letGo();
      wait = Math.min(2 * wait, LONGEST_MS);
    }
  }
  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await looking.catch(() => {});
  };
}
