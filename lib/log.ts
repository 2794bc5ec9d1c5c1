import 'server-only';
import pino from 'pino';
import { logLevel } from './env';

/**
 * The only logger. Never pass content, secrets or request bodies; ids, codes and counts are enough to find a thing.
 * Lines are JSON on stderr, so that stdout stays for what a person reads.
 */
export const log = pino(
  {
    level: logLevel(),
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // A database error's detail quotes the row: type, code and message are enough.
    serializers: {
      err: (error: Error & { code?: string }) => ({ type: error.name, code: error.code, message: error.message, stack: error.stack }),
    },
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', '*.password', '*.secret', '*.token', '*.authorization'],
      censor: '[redacted]',
    },
  },
  pino.destination({ fd: 2, sync: false }),
);
