import 'server-only';
import { RefusalError } from '@/lib/schema/errors';

/** Bytes of bodies that may be on their way in this process: of all senders together, and of one key. */
const ALL = 256 * 1024 * 1024;
const ONE = 64 * 1024 * 1024;

let all = 0;
const held = new Map<string, number>();

/** What one body holds until it is answered. */
export interface BodyRoom {
  /** @throws RefusalError rate_limited: this key has too much on its way; store_busy: all keys together have. Nothing more is held then. */
  hold(bytes: number): void;
  /** Gives back everything; again does nothing. */
  release(): void;
}

/**
 * Limits on one body are none on many: a few kilobytes of gzip make 16 MB of it, and each sender may take a minute over theirs. The share of a key is
 * a part of the whole, so that nobody alone can fill it.
 */
export function bodyRoom(keyId: string): BodyRoom {
  let own = 0;
  return {
    hold(bytes) {
      const ofKey = (held.get(keyId) ?? 0) + bytes;
      if (ofKey > ONE)
        throw new RefusalError('rate_limited', 'This key has too many bytes on their way at once; send them one after another.');
      if (all + bytes > ALL) throw new RefusalError('store_busy');
      held.set(keyId, ofKey);
      all += bytes;
      own += bytes;
    },
    release() {
      if (own === 0) return;
      const left = (held.get(keyId) ?? 0) - own;
      if (left > 0) held.set(keyId, left);
      else held.delete(keyId);
      all -= own;
      own = 0;
    },
  };
}
