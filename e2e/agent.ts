import { randomUUID } from 'node:crypto';
import { installation, ONE_CALL, origin } from './installation';

export interface Receipt {
  id: string;
  seq: string;
  integrity_hash: string;
  conversation_seq: string;
  duplicate: boolean;
}

/** A record as an agent sends it. */
export function someRecord(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'tool_invoked',
    actor_id: installation.agentName,
    actor_type: 'agent',
    agent_name: installation.agentName,
    data_classification: 'internal',
    ...over,
  };
}

export function post(body: unknown, key: string = installation.ingestKey, path = '/api/v1/records', to = origin): Promise<Response> {
  return fetch(to + path, {
    method: 'POST',
    headers: { ...ONE_CALL, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** @throws Error where the ledger does not take the record */
export async function store(over: Record<string, unknown> = {}, key?: string): Promise<Receipt> {
  const answer = await post(someRecord(over), key);
  if (answer.status !== 201) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Receipt;
}

/** Records of one conversation, in order, in one batch. */
export async function storeConversation(id: string, records: Record<string, unknown>[]): Promise<Receipt[]> {
  const answer = await post(records.map((record) => someRecord({ conversation_id: id, ...record })));
  const told = (await answer.json()) as { accepted: number; items: Receipt[] };
  if (answer.status !== 200 || told.accepted !== records.length) throw new Error(`refused: ${JSON.stringify(told)}`);
  return told.items;
}
