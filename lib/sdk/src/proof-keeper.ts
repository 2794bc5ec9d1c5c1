import type { AuditError } from './audit-error';
import type { Proof } from './check-proof';
import type { AuditRecord, Receipt } from './record';

interface Wanted {
  receipt: Receipt;
  record: AuditRecord;
}

export interface ProofKeeperOptions {
  wait: (receipt: Receipt, signal: AbortSignal) => Promise<Proof>;
  onProof: (proof: Proof, record: AuditRecord) => void;
  onError: (error: AuditError) => void;
}

/** Proofs are asked for one by one and can be asked for at any later time: a few at once are enough, and those over the bound are let go. */
const AT_ONCE = 4;
const MOST = 10_000;

/** Fetches the proof of every receipt, in the background and in their order, for a client that keeps them. */
export class ProofKeeper {
  readonly #options: ProofKeeperOptions;
  readonly #waiting: Wanted[] = [];
  readonly #stopping = new AbortController();
  readonly #idle: (() => void)[] = [];
  #busy = 0;

  constructor(options: ProofKeeperOptions) {
    this.#options = options;
  }

  /** @returns false where too many wait: the proof of this one is not fetched. */
  push(receipt: Receipt, record: AuditRecord): boolean {
    if (this.#stopping.signal.aborted || this.#waiting.length >= MOST) return false;
    this.#waiting.push({ receipt, record });
    this.#next();
    return true;
  }

  /** Waits until every proof has come or failed, and not longer than that; the rest is let go. */
  async close(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stopping.abort(), timeoutMs);
    if (this.#busy > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearTimeout(timer);
    this.#stopping.abort();
  }

  #next(): void {
    while (this.#busy < AT_ONCE) {
      const wanted = this.#stopping.signal.aborted ? undefined : this.#waiting.shift();
      if (wanted === undefined) break;
      this.#busy += 1;
      void this.#fetch(wanted).finally(() => {
        this.#busy -= 1;
        this.#next();
      });
    }
    if (this.#busy === 0) for (const done of this.#idle.splice(0)) done();
  }

  async #fetch({ receipt, record }: Wanted): Promise<void> {
    try {
      const proof = await this.#options.wait(receipt, this.#stopping.signal);
      this.#options.onProof(proof, record);
    } catch (error) {
      this.#options.onError((error as AuditError).about(record));
    }
  }
}
