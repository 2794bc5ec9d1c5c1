import type { AgentAction, Classification } from '../../schema/vocabulary';
import { type ActionInput, actorOf, describeAction } from './actions';
import { AuditError } from './audit-error';
import type { Proof } from './check-proof';
import { Conversation, type ConversationOptions, type RecordSink } from './conversation';
import type { QueueOptions } from './parcel';
import type { Endpoint } from './post-batch';
import { ProofKeeper } from './proof-keeper';
import type { AuditRecord, Mode, Receipt, ReceiptIn, RecordInput } from './record';
import { SendQueue } from './send-queue';
import { createUuidV7 } from './uuid-v7';
import { type WaitOptions, waitForProof } from './wait-for-proof';

export interface AuditClientOptions<M extends Mode = Mode> extends Partial<QueueOptions> {
  /** Where the ledger is served: `https://audit.example.org`. */
  url: string;
  /** The ingest key. */
  key: string;
  /** The name under which this key may write. */
  agentName: string;
  /** `observe` when left out. */
  mode?: M;
  /** Told of every record that was not stored, and of every proof that is missing or does not verify, in both modes. What it throws is dropped. */
  onError?: (error: AuditError) => void;
  /** Told of every receipt as it comes, in both modes. What it throws is dropped. */
  onReceipt?: (receipt: Receipt, record: AuditRecord) => void;
  /**
   * Told of every record's verified proof, a second or so after its receipt: keep it. Fetched in the background; one that does not come or does not verify
   * goes to onError with the codes no_proof and proof_invalid. What it throws is dropped.
   */
  onProof?: (proof: Proof, record: AuditRecord) => void;
  /** Verifier keys of the ledger, as its operator published them: proofs must be signed by them. Without, their paths alone are verified. */
  logKeys?: readonly string[];
  /**
   * Changes each record before it is queued: `redactPhi()` of `@holdfast/sdk/redact` masks what identifies people. A record for which it throws is not sent
   * (`not_redacted`).
   */
  redact?: (record: AuditRecord) => AuditRecord;
  /** Bodies of at least this many bytes are gzipped. */
  gzipFrom?: number;
  requestTimeoutMs?: number;
  /** The key and the records' metadata travel in the clear; allowed without asking on loopback only. */
  allowHttp?: boolean;
  fetch?: typeof fetch;
  now?: () => number;
  newId?: () => string;
}

const DEFAULTS = {
  batchRecords: 500,
  batchBytes: 524_288,
  maxQueuedRecords: 10_000,
  maxQueuedBytes: 33_554_432,
  retryBaseMs: 200,
  retryCapMs: 10_000,
} as const;
/** An agent that waits for its receipts wants them at once, and wants to know soon that there are none. */
const BY_MODE = { observe: { lingerMs: 50, retryForMs: 300_000 }, strict: { lingerMs: 0, retryForMs: 15_000 } } as const;
const CLOSE_TIMEOUT_MS = 30_000;

/** Posts an agent's records to the ledger. One per process and agent; `close()` before the process ends. */
export class AuditClient<M extends Mode = Mode> {
  readonly agentName: string;
  readonly mode: M;
  readonly #queue: SendQueue;
  readonly #sink: RecordSink<M>;
  readonly #options: AuditClientOptions<M>;
  readonly #endpoint: Endpoint;
  readonly #proofs: ProofKeeper | null;

  constructor(options: AuditClientOptions<M>, mode: M) {
    this.agentName = options.agentName;
    this.mode = mode;
    this.#options = options;
    this.#endpoint = {
      address: recordsAddress(options),
      key: options.key,
      gzipFrom: options.gzipFrom ?? 8_192,
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
      fetch: options.fetch ?? fetch,
    };
    const queue = { ...DEFAULTS, ...BY_MODE[mode], ...stripUndefined(options) };
    this.#queue = new SendQueue(this.#endpoint, { ...queue, batchRecords: Math.min(500, Math.max(1, queue.batchRecords)) });
    const { onProof } = options;
    const tell = (proof: Proof, record: AuditRecord) => quietly(() => onProof?.(proof, record));
    const wait = (receipt: Receipt, signal: AbortSignal) => this.waitForProof(receipt, { signal });
    this.#proofs = onProof === undefined ? null : new ProofKeeper({ wait, onProof: tell, onError: (error) => this.#complain(error) });
    const now = options.now ?? Date.now;
    this.#sink = { agentName: this.agentName, mode, now, newId: options.newId ?? createUuidV7(now), send: (record) => this.#send(record) };
  }

  /**
   * Waits until a checkpoint covers the record, fetches its proof and verifies it: against the receipt, and against `logKeys` where they are set.
   * @throws AuditError no_proof, proof_invalid, or what the ledger refuses; in both modes
   */
  waitForProof(receipt: Receipt, options?: WaitOptions): Promise<Proof> {
    return waitForProof(this.#endpoint, receipt, this.#options.logKeys ?? [], options);
  }

  /** Begins (or, with `id` and `nextSeq`, takes up again) a conversation; nothing is sent by this call. */
  conversation(options: ConversationOptions): Conversation<M> {
    return new Conversation(options, this.#sink);
  }

  /**
   * Runs an agent's work as one conversation: records its start, then its end, also when it throws (reason `error`).
   * In strict mode the work does not begin without the receipt of the start.
   * @throws what `work` throws; in strict mode AuditError
   */
  async run<T>(options: ConversationOptions & { title?: string }, work: (conversation: Conversation<M>) => Promise<T>): Promise<T> {
    const { title, ...rest } = options;
    const conversation = this.conversation(rest);
    await this.#inStrict(conversation.started(title === undefined ? {} : { title }));
    let result: T;
    try {
      result = await work(conversation);
    } catch (error) {
      if (!conversation.hasEnded) {
        // The agent's own error is the one to tell; that the end could not be recorded goes to onError.
        const name = error instanceof Error ? error.name : 'unknown';
        await this.#inStrict(conversation.ended({ reason: 'error', outcome: 'failure', details: { error: name } })).catch(() => undefined);
      }
      throw error;
    }
    if (!conversation.hasEnded) await this.#inStrict(conversation.ended({ reason: 'completed', outcome: 'success' }));
    return result;
  }

  /** Sends a record as the API takes it. Actor and agent are this agent where left out. */
  record(input: RecordInput): Promise<ReceiptIn<M>> {
    return this.#send({
      ...input,
      id: input.id ?? this.#sink.newId(),
      timestamp: input.timestamp ?? new Date(this.#sink.now()).toISOString(),
      agent_name: input.agent_name ?? this.agentName,
      actor_id: input.actor_id ?? this.agentName,
      actor_type: input.actor_type ?? 'agent',
    });
  }

  promptChanged(input: ActionInput<'prompt_changed'>): Promise<ReceiptIn<M>> {
    return this.#outside('prompt_changed', input);
  }
  modelChanged(input: ActionInput<'model_changed'>): Promise<ReceiptIn<M>> {
    return this.#outside('model_changed', input);
  }
  accessGranted(input: ActionInput<'access_granted'>): Promise<ReceiptIn<M>> {
    return this.#outside('access_granted', input);
  }
  accessRevoked(input: ActionInput<'access_revoked'>): Promise<ReceiptIn<M>> {
    return this.#outside('access_revoked', input);
  }

  /** Sends what is queued now and returns when all of it is stored, refused or given up. Never throws. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  /**
   * Sends what is queued and takes no more; with `onProof` it waits for the proofs too.
   * @param timeoutMs after which the rest is given up
   * @returns how many records are not known to be stored
   */
  async close(timeoutMs: number = CLOSE_TIMEOUT_MS): Promise<number> {
    const until = Date.now() + timeoutMs;
    const unknown = await this.#queue.close(timeoutMs);
    await this.#proofs?.close(Math.max(0, until - Date.now()));
    return unknown;
  }

  #outside<A extends AgentAction>(action: A, input: ActionInput<A>): Promise<ReceiptIn<M>> {
    const classification: Classification = 'internal';
    return this.record({
      data_classification: classification,
      ...actorOf(action, input, { agentName: this.agentName }),
      ...describeAction(action, input),
    });
  }

  #send(given: AuditRecord): Promise<ReceiptIn<M>> {
    const { redact } = this.#options;
    let record = given;
    let pushed: Promise<Receipt>;
    try {
      if (redact !== undefined) record = redact(given);
      pushed = this.#queue.push(record);
    } catch (cause) {
      // Whoever asked for redaction gets it, or nothing leaves; the error's own words may hold what was to be masked.
      const { content: _content, details: _details, ...bare } = given;
      pushed = Promise.reject(new AuditError('not_redacted', undefined, { cause }, bare));
    }
    const told = pushed.then(
      (receipt) => {
        quietly(() => this.#options.onReceipt?.(receipt, record));
        this.#proofs?.push(receipt, record);
        return receipt;
      },
      (error: AuditError) => {
        this.#complain(error);
        if (this.mode === 'strict') throw error;
        return null;
      },
    );
    return told as Promise<ReceiptIn<M>>;
  }

  #complain(error: AuditError): void {
    quietly(() => this.#options.onError?.(error));
  }

  async #inStrict(receipt: Promise<ReceiptIn<M>>): Promise<void> {
    if (this.mode === 'strict') await receipt;
  }
}

/** @throws TypeError for an address or a key that can never work: that is a mistake in the configuration, told at once. */
export function createAuditClient<M extends Mode = 'observe'>(options: AuditClientOptions<M>): AuditClient<M> {
  return new AuditClient<M>(options, options.mode ?? ('observe' as M));
}

function recordsAddress({ url, key, allowHttp = false }: Pick<AuditClientOptions, 'url' | 'key' | 'allowHttp'>): string {
  if (key === '') throw new TypeError('The ingest key is empty.');
  const base = new URL(url);
  const loopback = base.hostname === 'localhost' || base.hostname === '[::1]' || /^127\./.test(base.hostname);
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && (loopback || allowHttp))) {
    throw new TypeError(`${base.origin} is not https: the key would travel in the clear. Set allowHttp if the network is yours.`);
  }
  return `${base.href.replace(/\/+$/, '')}/api/v1/records`;
}

function stripUndefined(options: Partial<QueueOptions>): Partial<QueueOptions> {
  const names = [...Object.keys(DEFAULTS), 'lingerMs', 'retryForMs'] as (keyof QueueOptions)[];
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}

function quietly(tell: () => void): void {
  try {
    tell();
  } catch {
    // A listener's fault must not become the agent's.
  }
}
