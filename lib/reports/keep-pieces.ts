import 'server-only';
import { createHash, type Hash } from 'node:crypto';

/** Bytes of a piece: the database takes at most a mebibyte in one. */
const PIECE = 512 * 1024;

/** A file that goes out in pieces of one size as it is written; in memory is never more than one of them and what was last written. */
export class PieceWriter {
  bytes = 0;
  readonly #hash: Hash = createHash('sha256');
  readonly #keep: (ordinal: number, piece: Buffer) => Promise<void>;
  #waiting: Buffer[] = [];
  #size = 0;
  #ordinal = 0;

  constructor(keep: (ordinal: number, piece: Buffer) => Promise<void>) {
    this.#keep = keep;
  }

  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#hash.update(bytes);
    this.bytes += bytes.length;
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    while (this.#size >= PIECE) await this.#give(PIECE);
  }

  /** @returns the SHA-256 of all that was written */
  async end(): Promise<Buffer> {
    if (this.#size > 0) await this.#give(this.#size);
    return this.#hash.digest();
  }

  async #give(size: number): Promise<void> {
    const all = Buffer.concat(this.#waiting);
    const rest = all.subarray(size);
    this.#waiting = rest.length === 0 ? [] : [Buffer.from(rest)];
    this.#size = rest.length;
    await this.#keep(this.#ordinal++, all.subarray(0, size));
  }
}
