import 'server-only';
import pg from 'pg';
import { env } from '@/lib/env';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';
import { type AppendResult, type AppendRow, judgeDuplicate, knownEntries, storedEntries } from './append-batch';
import { APPEND_SQL, encodeBatch } from './encode-batch';
import { bytesOf, CONTENT_SQL, encodeContent } from './encode-content';
import { noteToolUse, stopToolUse } from './note-tool-use';
import type { PreparedRecord } from './prepare-record';
import { distinct, judgeTwin, refuseWhole, type Submission, settleDerived, withDerived } from './settle-submissions';

/**
 * Group commit: records of many callers go to the database in one call of append_entries, two calls in flight on one pipelined connection, so
 * that one commit pays for many and the next batch is on its way while the server works. Any number of processes may do so on one ledger:
 * the order is given out under the ledger's lock, in the database.
 */
const IN_FLIGHT = 2;
const BATCH_MAX = 500;
/** Below this many queued records a batch is not split over the free slots. */
const BATCH_MIN = 48;
/** The ledger is locked while a batch is written: words must not hold up the others. */
const BATCH_BYTES = 8 * 1024 * 1024;
const QUEUE_BYTES = 64 * 1024 * 1024;

class Appender {
  #queue: Submission[] = [];
  #queuedRecords = 0;
  #queuedBytes = 0;
  #inFlight = 0;
  #scheduled = false;
  #client: Promise<pg.Client> | null = null;
  readonly #ledgerId: number;
  readonly #url: string;

  constructor(ledgerId: number, url: string) {
    this.#ledgerId = ledgerId;
    this.#url = url;
  }

  submit(asked: readonly PreparedRecord[], atomic: boolean): Promise<AppendResult[]> {
    const records = withDerived(asked);
    let bytes = 0;
    for (const record of records) bytes += bytesOf(record);
    if (this.#queuedRecords + records.length > env().INGEST_QUEUE || this.#queuedBytes + bytes > QUEUE_BYTES) {
      return Promise.reject(new RefusalError('store_busy'));
    }
    this.#queuedRecords += records.length;
    this.#queuedBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ since: Date.now(), asked, records, atomic, resolve, reject });
      this.#schedule();
    });
  }

  /** Waits for what is queued and closes the connection. */
  async close(): Promise<void> {
    while (this.#queue.length > 0 || this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const client = this.#client;
    this.#client = null;
    await (await client?.catch(() => undefined))?.end();
  }

  /** On the next turn, so that callers of this turn share the batch. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= IN_FLIGHT) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#dismiss();
      while (this.#queue.length > 0 && this.#inFlight < IN_FLIGHT) this.#send(this.#take());
    });
  }

  /** Behind a stopped lock holder each batch takes its time to fail: what has waited long enough is told so now, and was not stored. */
  #dismiss(): void {
    const oldest = Date.now() - env().INGEST_PATIENCE_MS;
    while (this.#queue.length > 0 && this.#queue[0].since < oldest) {
      const { records, reject } = this.#queue.shift()!;
      this.#queuedRecords -= records.length;
      for (const record of records) this.#queuedBytes -= bytesOf(record);
      reject(new RefusalError('store_busy'));
    }
  }

  #take(): Submission[] {
    const limit = Math.min(BATCH_MAX, Math.max(BATCH_MIN, Math.ceil(this.#queuedRecords / (IN_FLIGHT - this.#inFlight))));
    let count = 0;
    let bytes = 0;
    let taken = 0;
    for (const { records, atomic } of this.#queue) {
      const more = records.reduce((sum, record) => sum + bytesOf(record), 0);
      // An atomic submission travels alone: what another one sends under the same id must not be able to split it.
      if (taken > 0 && (atomic || this.#queue[0].atomic || count + records.length > limit || bytes + more > BATCH_BYTES)) break;
      count += records.length;
      bytes += more;
      taken++;
    }
    this.#queuedBytes -= bytes;
    this.#queuedRecords -= count;
    return this.#queue.splice(0, taken);
  }

  #send(submissions: Submission[]): void {
    this.#inFlight++;
    this.#store(submissions)
      .catch((error) => {
        for (const submission of submissions) submission.reject(error);
      })
      .finally(() => {
        this.#inFlight--;
        this.#schedule();
      });
  }

  /** Stores submissions in one transaction; where some ids are known already, settles those and sends the rest again. */
  async #store(submissions: Submission[]): Promise<void> {
    const settled = new Map<PreparedRecord, AppendResult>();
    let live = submissions;
    for (;;) {
      const { records, twins } = distinct(live, settled);
      if (records.length === 0) break;
      const batch = encodeBatch(this.#ledgerId, records);
      let row: AppendRow;
      try {
        row = await this.#call(batch.values, encodeContent(records));
      } catch (error) {
        if (!isPoison(error)) throw error;
        // One record that the database will not take must not keep the others out: halve until it stands alone.
        if (live.length === 1) {
          log.error({ err: error, ledger: this.#ledgerId }, 'the database refused a record for what it is');
          throw new RefusalError('internal', 'The database refused this record; nothing was stored.');
        }
        const middle = live.length >> 1;
        await this.#storeApart(live.slice(0, middle));
        await this.#storeApart(live.slice(middle));
        return;
      }
      const known = knownEntries(row);
      if (known === null) {
        const results = storedEntries(row, batch);
        for (let i = 0; i < records.length; i++) settled.set(records[i], results[i]);
        for (const [twin, first] of twins) settled.set(twin, judgeTwin(twin, first, settled.get(first)!));
        break;
      }
      for (const submission of live) {
        for (const record of submission.records) {
          const before = known.get(record.id);
          if (before) settled.set(record, judgeDuplicate(record, before));
        }
        settleDerived(submission, settled);
      }
      live = live.filter((submission) => !(submission.atomic && refuseWhole(submission, settled)));
    }
    for (const { asked, resolve } of submissions) {
      const results = asked.map((record): AppendResult => settled.get(record) ?? { kind: 'not_stored' });
      noteToolUse(this.#ledgerId, asked, results);
      resolve(results);
    }
  }

  async #storeApart(submissions: Submission[]): Promise<void> {
    await this.#store(submissions).catch((error) => {
      for (const submission of submissions) submission.reject(error);
    });
  }

  async #call(values: unknown[], content: unknown[] | null): Promise<AppendRow> {
    let client: pg.Client;
    this.#client ??= this.#connect();
    const connecting = this.#client;
    try {
      client = await connecting;
    } catch (cause) {
      if (this.#client === connecting) this.#client = null;
      log.error({ err: cause, ledger: this.#ledgerId }, 'ingest cannot reach the database');
      throw new RefusalError('store_busy');
    }
    try {
      const { rows } = await client.query<AppendRow>(
        content === null
          ? { name: 'append_entries', text: APPEND_SQL, values }
          : { name: 'append_with_content', text: CONTENT_SQL, values: [...values, ...content] },
      );
      return rows[0];
    } catch (error) {
      throw isPoison(error) ? error : this.#explain(error);
    }
  }

  /** An ERROR that the server answered rolled the batch back; anything else leaves open whether it was committed. */
  #explain(error: unknown): Error {
    const { code, severity } = error as { code?: string; severity?: string };
    if (code === 'HF010') return new KeyDestroyedError();
    const rolledBack = severity === 'ERROR' && code !== undefined;
    log.error({ err: error, ledger: this.#ledgerId, code }, rolledBack ? 'a batch was rolled back' : 'the outcome of a batch is unknown');
    return new RefusalError(rolledBack ? 'store_busy' : 'outcome_unknown');
  }

  #connect(): Promise<pg.Client> {
    const patience = env().INGEST_PATIENCE_MS;
    const client = new pg.Client({
      connectionString: this.#url,
      pipeline: true,
      keepAlive: true,
      connectionTimeoutMillis: Math.min(5_000, patience),
      // A network that swallows everything gives no error: then the connection is given up, and what was in flight is unknown.
      query_timeout: 3 * patience,
      application_name: 'holdfast-append',
    });
    const connecting = (async () => {
      await client.connect();
      // A stopped lock holder must not keep senders waiting for ever; a commit is always on disk before it is acknowledged.
      await client.query(
        `SET lock_timeout = ${patience}; SET statement_timeout = ${2 * patience}; SET synchronous_commit = on; SET jit = off`,
      );
      return client;
    })();
    // Only its own place: by the time that a lost connection is heard of, the next one may have been made.
    const forget = () => {
      if (this.#client === connecting) this.#client = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    return connecting;
  }
}

/** A data key was destroyed between sealing and storing: nothing was stored, and the words have to be sealed anew. */
class KeyDestroyedError extends Error {
  override readonly name = 'KeyDestroyedError';
}

/** By name: the two module graphs of the process share their appenders. */
export function isKeyDestroyed(error: unknown): boolean {
  return error instanceof Error && error.name === 'KeyDestroyedError';
}

/** Data that the database refuses for what it is: classes 22 (data), 23 (constraint), 54 (limits). */
function isPoison(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^(22|23|54)/.test(code);
}

const holder = globalThis as typeof globalThis & { __holdfastAppenders?: Map<string, Appender> };
holder.__holdfastAppenders ??= new Map();
const appenders = holder.__holdfastAppenders;

function appender(ledgerId: number): Appender {
  const url = env().DATABASE_URL;
  const key = `${url}#${ledgerId}`;
  let found = appenders.get(key);
  if (!found) {
    found = new Appender(ledgerId, url);
    appenders.set(key, found);
  }
  return found;
}

/**
 * Appends records to a ledger; the promise settles after COMMIT.
 * @returns a result for each record, in order. With `atomic`, a conflict of one leaves all unstored.
 * @throws RefusalError store_busy (nothing was stored), outcome_unknown (safe to retry with the same ids)
 */
export function appendRecords(
  ledgerId: number,
  records: readonly PreparedRecord[],
  options: { atomic?: boolean } = {},
): Promise<AppendResult[]> {
  return appender(ledgerId).submit(records, options.atomic ?? false);
}

/** {@link appendRecords} for one. */
export async function appendRecord(ledgerId: number, record: PreparedRecord): Promise<AppendResult> {
  return (await appender(ledgerId).submit([record], false))[0];
}

/** For a clean stop: waits for what is queued. */
export async function closeAppenders(): Promise<void> {
  const all = [...appenders.values()];
  appenders.clear();
  await Promise.all(all.map((a) => a.close()));
  await stopToolUse();
}
