import 'server-only';
import type pg from 'pg';
import { pool } from '@/lib/db';

/** First key of the advisory lock that the process holds which signs a ledger; the second is the ledger. */
const LEAD_LOCK = 1212435543;

/**
 * Of several processes on one database one signs a ledger, so that the pace is kept by one: it holds a lock of its session, and who waits takes over when
 * that session has ended. That no two ever sign past each other does not hang on this: each step has a lock of its own, and the signer's memory.
 */
export class Leadership {
  #client: pg.PoolClient | null = null;
  readonly #held = new Set<number>();

  /** Whether this process signs the ledger now. @throws Error where the database cannot be asked */
  async holds(ledgerId: number): Promise<boolean> {
    if (this.#held.has(ledgerId)) return true;
    this.#client ??= await this.#connect();
    const client = this.#client;
    try {
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', [LEAD_LOCK, ledgerId]);
      if (rows[0].mine && client === this.#client) this.#held.add(ledgerId);
    } catch (error) {
      this.#lose(client, error as Error);
      throw error;
    }
    return this.#held.has(ledgerId);
  }

  /** Lets another process try: one whose signer remembers. */
  async yieldLedger(ledgerId: number): Promise<void> {
    const client = this.#client;
    if (client === null || !this.#held.delete(ledgerId)) return;
    await client.query('SELECT pg_advisory_unlock($1, $2)', [LEAD_LOCK, ledgerId]).catch((error) => this.#lose(client, error));
  }

  /** The session ends, and every lock with it. */
  end(): void {
    if (this.#client !== null) this.#lose(this.#client, new Error('this process stops'));
  }

  async #connect(): Promise<pg.PoolClient> {
    const client = await pool('signer').connect();
    client.on('error', (error) => this.#lose(client, error));
    return client;
  }

  #lose(client: pg.PoolClient, error: Error): void {
    if (client !== this.#client) return;
    this.#client = null;
    this.#held.clear();
    client.release(error);
  }
}
