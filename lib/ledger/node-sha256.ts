import 'server-only';
import { hash } from 'node:crypto';

/** SHA-256 by the platform, where the pure one of lib/chain would be too slow. */
export const nodeSha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
