import 'server-only';

/**
 * Where archive segments lie. Two adapters stand behind it (s3-store.ts, directory-store.ts), held to the same contract by store-contract.test.ts.
 *
 * What `put` returned is durable, and stands under a version id that names these bytes for good: a later `put` of the same key makes another version, or is
 * refused. Nothing that a store says of itself is believed: who has put something looks at it with `head` and `get`, by its version id.
 */
export interface ArchiveStore {
  readonly kind: 's3' | 'directory';
  /** For people, and kept beside each segment: `s3://bucket/prefix`, or a folder. */
  readonly place: string;
  /** Whether it keeps what lies in it from those who own the machine. */
  readonly worm: boolean;
  /** Whether it will do. @throws StoreFault with the exact reason: `unfit` where it will not, `unreachable` where that cannot be known. */
  check(): Promise<void>;
  /** The whole object at once. @throws StoreFault `exists` where the store keeps one version of a key and holds other bytes */
  put(key: string, bytes: Buffer, terms: PutTerms): Promise<{ versionId: string }>;
  /** @param versionId null: the newest, for whoever does not know whether an answer was lost. @returns null where there is none */
  head(key: string, versionId: string | null): Promise<StoredObject | null>;
  /** Piece by piece. @throws StoreFault `missing`, `unreachable`, while it is read too */
  get(key: string, versionId: string): AsyncIterable<Uint8Array>;
  /** Makes the lock of these bytes last longer; one that lasts as long stays. @throws StoreFault refused where the store says that it did it and shows another */
  prolong(key: string, versionId: string, until: Date): Promise<void>;
  /** A hold on these bytes, beside their lock. */
  legalHold(key: string, versionId: string, on: boolean): Promise<void>;
  /**
   * This very version, for good; nothing where it is gone already. What its lock and holds are is told by `head`.
   * @throws StoreFault `locked` while a lock or a hold is on it; `refused` where the store says that it did it and has it still
   */
  remove(key: string, versionId: string): Promise<void>;
  /** Keys that begin so, in order, each with its versions: for whoever has nothing but the store. */
  list(prefix: string): AsyncIterable<{ key: string; versionId: string }>;
  close(): void;
}

export interface PutTerms {
  /** 32 bytes. */
  sha256: Buffer;
  /** No earlier than this may it be deleted. */
  retainUntil: Date;
  contentType: string;
}

/** As the store itself tells it. */
export interface StoredObject {
  versionId: string;
  bytes: number;
  /** What was written beside it at `put`; null where nothing is. */
  sha256: string | null;
  /** COMPLIANCE: nobody lifts it. NONE: the store has no locks. */
  mode: 'COMPLIANCE' | 'GOVERNANCE' | 'NONE';
  retainUntil: Date | null;
  legalHold: boolean;
}

export type StoreFaultCode = 'unfit' | 'unreachable' | 'refused' | 'missing' | 'locked' | 'exists';

/** In words for an administrator; never with a secret in it. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  constructor(
    readonly code: StoreFaultCode,
    message: string,
  ) {
    super(message);
  }
}

/** Of a store whose keys become paths and addresses: letters, digits, dots, dashes and underscores, in parts that are no dots alone. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}(\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}){0,8}$/;

/** @throws TypeError for a key that is none: keys are ours, never a client's. */
export function assertKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError(`${key} is no key of an archive`);
}

/** Whether what a store shows is what was asked of it. @returns what is wrong, in words; null where it is */
export function contradictTerms(found: StoredObject, asked: { bytes: number; retainUntil: Date; worm: boolean }): string | null {
  if (found.bytes !== asked.bytes) return `it has ${found.bytes} bytes, and not ${asked.bytes}`;
  if (!asked.worm) return null;
  if (found.mode === 'NONE') return 'it shows no lock';
  if (found.mode !== 'COMPLIANCE') return `its lock is of the mode ${found.mode}, which its owner can lift`;
  // Stores keep whole seconds.
  const wanted = Math.floor(asked.retainUntil.getTime() / 1000) * 1000;
  if (found.retainUntil === null || found.retainUntil.getTime() < wanted)
    return `its lock ends ${found.retainUntil?.toISOString() ?? 'at no time that it tells'}, before ${asked.retainUntil.toISOString()}`;
  return null;
}
