import 'server-only';
import { keepDoing } from '@/lib/keep-doing';
import { log } from '@/lib/log';
import { continueRotation } from '@/lib/vault/rotate-keys';

const LOOK_MS = 5_000;

/** Goes on with a rotation of the vault's keys that somebody asked for, in whatever process, until it is done; again after each start. @returns how to stop it */
export function keepRotating(everyMs = LOOK_MS): () => Promise<void> {
  return keepDoing(
    async ({ signal }) => {
      const step = await continueRotation(signal);
      if (step === 'finished') log.info('the keys of the vault are wrapped anew');
    },
    everyMs,
    (error) => log.warn({ err: error }, 'the keys of the vault are wrapped anew later'),
  );
}
