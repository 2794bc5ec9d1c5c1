import 'server-only';
import { createHash, type Hash } from 'node:crypto';
import yazl from 'yazl';

/** Of one piece as it is kept. */
const PIECE_BYTES = 1_000_000;
/** Added and not written yet. */
const MOST_WAITING = 8 * PIECE_BYTES;
/** Nothing in a bundle tells when it was made: the same evidence is the same file. */
const EPOCH = new Date(Date.UTC(1980, 0, 1));

export interface FileLine {
  path: string;
  bytes: number;
  sha256: string;
}

/**
 * A zip that is written as it grows, uncompressed (no two versions of a packer make different bytes of it), in pieces of a megabyte.
 * @param keep is given each piece in turn, and waited for.
 */
export class BundleZip {
  readonly lines: FileLine[] = [];
  readonly #zip = new yazl.ZipFile();
  readonly #hash: Hash = createHash('sha256');
  readonly #done: Promise<void>;
  #bytes = 0;
  #failed: Error | null = null;
  #waiting = 0;

  constructor(keep: (ordinal: number, piece: Buffer) => Promise<void>) {
    this.#done = this.#drain(keep);
    // Told of at the next file or at the end; until then it must not end the process.
    this.#done.catch((error: Error) => {
      this.#failed = error;
    });
  }

  /** Adds a file, and waits while much of what was added has not been written yet. */
  async add(path: string, content: Uint8Array): Promise<void> {
    const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    this.lines.push({ path, bytes: buffer.length, sha256: createHash('sha256').update(buffer).digest('hex') });
    this.#put(path, buffer);
    this.#waiting += buffer.length;
    while (this.#waiting - this.#bytes > MOST_WAITING && this.#failed === null) await new Promise((resolve) => setImmediate(resolve));
    if (this.#failed !== null) throw this.#failed;
  }

  /** @param last a file that is not named in the lines: the manifest, which names them. */
  async end(path: string, last: Uint8Array): Promise<{ bytes: number; sha256: Buffer }> {
    this.#put(path, Buffer.from(last));
    this.#zip.end();
    await this.#done;
    return { bytes: this.#bytes, sha256: this.#hash.digest() };
  }

  #put(path: string, buffer: Buffer): void {
    this.#zip.addBuffer(buffer, path, { mtime: EPOCH, mode: 0o100644, compress: false, forceDosTimestamp: true });
  }

  async #drain(keep: (ordinal: number, piece: Buffer) => Promise<void>): Promise<void> {
    let ordinal = 0;
    let held: Buffer[] = [];
    let size = 0;
    const flush = async () => {
      if (size > 0) await keep(ordinal++, Buffer.concat(held));
      held = [];
      size = 0;
    };
    for await (const chunk of this.#zip.outputStream as AsyncIterable<Buffer>) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + PIECE_BYTES - size);
        held.push(part);
        size += part.length;
        at += part.length;
        if (size === PIECE_BYTES) await flush();
      }
    }
    await flush();
  }
}
