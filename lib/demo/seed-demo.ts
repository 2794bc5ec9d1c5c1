import { type AuditClient, type AuditRecord, createAuditClient } from '../sdk/src/index';
import { buildDemo, DEMO_SEED, OFFICES } from './build-demo';
import type { Office } from './script';

export interface SeedOptions {
  /** Where the API is served. */
  url: string;
  /** One ingest key an office, each bound to that office's agent name. */
  keys: Readonly<Record<Office['key'], string>>;
  /** When the history ends. Pass the same moment again to take up a seeding that was broken off. */
  now: Date;
  seed?: string;
  onProgress?: (done: number, total: number) => void;
}

export interface SeedResult {
  records: number;
  /** How many the ledger already had. */
  duplicates: number;
  conversations: number;
  milliseconds: number;
}

/** The agent names that the three keys must be allowed to write. */
export const DEMO_AGENTS: Readonly<Record<Office['key'], string>> = Object.fromEntries(
  OFFICES.map(({ key, agentName }) => [key, agentName]),
) as Record<Office['key'], string>;

/**
 * Posts the demo through the HTTP API, each office with its own client and key, in chronological order over all of them.
 * @throws AuditError for the first record that the ledger refuses; what was stored before it stays, and a repeat goes on from there
 */
export async function seedDemo({ url, keys, now, seed = DEMO_SEED, onProgress }: SeedOptions): Promise<SeedResult> {
  const begun = Date.now();
  const records = buildDemo(now, seed);
  const clients = new Map<string, AuditClient<'strict'>>();
  for (const { key, agentName } of OFFICES) {
    clients.set(agentName, createAuditClient({ url, key: keys[key], agentName, mode: 'strict', allowHttp: true, retryForMs: 60_000 }));
  }
  let done = 0;
  let duplicates = 0;
  try {
    for (const run of runsOfOneAgent(records)) {
      const client = clients.get(run[0]?.agent_name ?? '');
      if (client === undefined) throw new TypeError('a record of an agent that has no office');
      const receipts = await Promise.all(run.map((record) => client.record(record)));
      done += receipts.length;
      duplicates += receipts.filter((receipt) => receipt.duplicate).length;
      onProgress?.(done, records.length);
    }
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()));
  }
  const conversations = new Set(records.map((record) => record.conversation_id).filter(Boolean)).size;
  return { records: records.length, duplicates, conversations, milliseconds: Date.now() - begun };
}

/** Stretches in which one agent alone was at work: each is one batch, and one after the other they keep the order of all. */
export function runsOfOneAgent(records: readonly AuditRecord[]): AuditRecord[][] {
  const runs: AuditRecord[][] = [];
  for (const record of records) {
    const last = runs.at(-1);
    if (last && last[0]?.agent_name === record.agent_name && last.length < 500) last.push(record);
    else runs.push([record]);
  }
  return runs;
}
