import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { AuditRecord, Receipt } from '../record';

/** What the next request meets; without one, the ledger behaves. */
export type Behaviour =
  | { do: 'drop'; when: 'before_storing' | 'after_storing' }
  | { do: 'answer'; status: number; code?: string; headers?: Record<string, string>; body?: string }
  | { do: 'wait'; ms: number };

export interface SeenRequest {
  at: number;
  ids: string[];
  headers: IncomingMessage['headers'];
}

/** A ledger for tests: a real HTTP server that keeps the contract of POST /api/v1/records and breaks on command. */
export class MisbehavingLedger {
  readonly key = 'hf_test_key';
  readonly requests: SeenRequest[] = [];
  /** In the order of storing; no id twice. */
  readonly stored: AuditRecord[] = [];
  url = '';
  /** Says which code refuses a record on its own, if any. */
  refuseItem: (record: AuditRecord) => { status: number; code: string; pointer?: string } | null = () => null;
  /** A record for which the body as a whole cannot be read. */
  refuseBody: (record: AuditRecord) => boolean = () => false;
  readonly #next: Behaviour[] = [];
  readonly #receipts = new Map<string, { json: string; receipt: Receipt }>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Queues misbehaviour for the requests to come, one each. */
  next(...behaviours: Behaviour[]): void {
    this.#next.push(...behaviours);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const records = JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString()) as AuditRecord[];
    this.requests.push({ at: Date.now(), ids: records.map((record) => record.id), headers: request.headers });

    const behaviour = this.#next.shift();
    if (behaviour?.do === 'wait') await new Promise((resolve) => setTimeout(resolve, behaviour.ms));
    if (behaviour?.do === 'answer') {
      const body = behaviour.body ?? JSON.stringify({ code: behaviour.code, detail: `told to say ${behaviour.status}`, request_id: 'r-1' });
      response.writeHead(behaviour.status, { 'content-type': 'application/problem+json', ...behaviour.headers }).end(body);
      return;
    }
    if (behaviour?.do === 'drop' && behaviour.when === 'before_storing') return void request.socket.destroy();
    if (records.some((record) => this.refuseBody(record))) {
      return void response.writeHead(400).end(JSON.stringify({ code: 'unpaired_surrogate', pointer: '/details' }));
    }
    const items = records.map((record, index) => ({ ...this.#store(record), index }));
    if (behaviour?.do === 'drop') return void request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items }));
  }

  #store(record: AuditRecord): Record<string, unknown> & { status: number } {
    const refusal = this.refuseItem(record);
    if (refusal) return { ...refusal, detail: 'refused on command' };
    const json = JSON.stringify(record);
    const known = this.#receipts.get(record.id);
    if (known && known.json !== json) return { status: 409, code: 'idempotency_conflict' };
    if (known) return { status: 200, ...known.receipt, duplicate: true };
    const receipt: Receipt = {
      id: record.id,
      ledger: 'test',
      seq: String(this.stored.length),
      integrity_hash: this.stored.length.toString(16).padStart(64, '0'),
      previous_hash: ''.padStart(64, '0'),
      received_at: '2026-01-01T00:00:00.000000Z',
      duplicate: false,
    };
    this.#receipts.set(record.id, { json, receipt });
    this.stored.push(record);
    return { status: 201, ...receipt };
  }
}
