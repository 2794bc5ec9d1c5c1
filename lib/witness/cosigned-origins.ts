import 'server-only';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { MemoryDamaged, type SignerMemory } from '@/lib/signer/signer-memory';

const FORMAT = 'holdfast/witness-origins/v1';

/**
 * Whose checkpoints a witness has cosigned, in a file beside its keys: a state of its memory that is gone is not taken for one that never was. One line an
 * origin, the start of its SHA-256 before it: a line that was torn when the power failed is none, and nothing had left for it. The file only grows, so that
 * processes that share it need not take turns.
 */
export class CosignedOrigins {
  readonly #file: string;
  #known: ReadonlySet<string> = new Set();

  constructor(file: string) {
    this.#file = file;
  }

  exists(): boolean {
    return existsSync(this.#file);
  }

  /** Made where there is none; returns when it is on the disk. */
  begin(): void {
    this.#append(`${FORMAT}\n`);
    const folder = openSync(path.dirname(this.#file), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  /** @throws MemoryDamaged */
  all(): ReadonlySet<string> {
    const [format, ...lines] = readFileSync(this.#file, 'utf8').split('\n');
    if (format !== FORMAT)
      throw new MemoryDamaged(`${this.#file} is damaged: it says for whom this witness has cosigned. Restore it from a copy.`);
    this.#known = new Set(
      lines.flatMap((line) => (lineOf(line.slice(line.indexOf(' ') + 1)) === line ? [line.slice(line.indexOf(' ') + 1)] : [])),
    );
    return this.#known;
  }

  has(origin: string): boolean {
    return this.#known.has(origin) || this.all().has(origin);
  }

  /** Returns when it is on the disk. */
  add(origin: string): void {
    if (!this.has(origin)) this.#append(`\n${lineOf(origin)}\n`);
  }

  #append(text: string): void {
    const handle = openSync(this.#file, 'a', 0o600);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}

/**
 * A memory that knows what it must remember: its origin is written down before a state leaves it. `read` throws MemoryDamaged for an origin that was
 * cosigned and of which nothing is there.
 */
export function guardMemory(memory: SignerMemory, cosigned: CosignedOrigins): SignerMemory {
  return {
    read(origin) {
      // Asked before the memory is: another process may be cosigning it for the first time.
      const known = cosigned.has(origin);
      const last = memory.read(origin);
      if (last === null && known)
        throw new MemoryDamaged(
          `what this witness has cosigned for ${origin} is gone from its memory: with the same keys it would contradict itself. Restore the memory, or begin as another witness: other keys, another folder and another name.`,
        );
      if (last !== null && !known) cosigned.add(origin);
      return last;
    },
    async compareAndSwap(previous, next) {
      await memory.compareAndSwap(previous, next);
      cosigned.add(next.origin);
    },
  };
}

function lineOf(origin: string): string {
  return `${createHash('sha256').update(origin).digest('hex').slice(0, 16)} ${origin}`;
}
