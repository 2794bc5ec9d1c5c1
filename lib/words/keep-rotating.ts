import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@/lib/log';
import { continueRotation } from '@/lib/vault/rotate-keys';

const LOOK_MS = 5_000;

/** Goes on with a rotation of the vault's keys that somebody asked for, in whatever process, until it is done; again after each start. @returns how to stop it */
export function keepRotating(everyMs = LOOK_MS): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const working = (async () => {
    while (!signal.aborted) {
      try {
        const step = await continueRotation(signal);
        if (step === 'finished') log.info('the keys of the vault are wrapped anew');
      } catch (error) {
        log.warn({ err: error }, 'the keys of the vault are wrapped anew later');
      }
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  })();
  return () => {
    stopping.abort();
    return working;
  };
}
