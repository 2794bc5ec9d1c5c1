import 'server-only';
import pino from 'pino';
import { env } from './env';

/**
 * The only logger. Never pass content, secrets or request bodies; ids, codes and counts are enough to find a thing.
 * Lines are JSON on stderr, so that stdout stays for what a person reads.
 */
export const log = pino(
  {
    level: env().LOG_LEVEL,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', '*.password', '*.secret', '*.token', '*.authorization'],
      censor: '[redacted]',
    },
  },
  pino.destination({ fd: 2, sync: false }),
);
