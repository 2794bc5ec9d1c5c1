import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { entryHash } from '@/lib/chain/entry-hash';
import { prisma } from '@/lib/db';
import { enqueue } from '@/lib/jobs/queue';
import { runJob } from '@/lib/jobs/run-job';
import { appendRecords } from '@/lib/ledger/append-records';
import { ledgerById } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { prepareAccessRecord, prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { findRun } from '@/lib/ledger/read-verifications';
import type { RecordInput } from '@/lib/schema/record';
import type { VerificationDto, VerificationScope } from '@/lib/schema/verification';
import { runVerification } from '@/lib/verification/run-verification';
import { asAdmin, type TestDatabase } from './fresh-database';

/** What an administrator of the database can do, who is a superuser there, and what a verification then says. */
const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;

export function agentRecord(over: Partial<RecordInput> = {}) {
  const input: RecordInput = {
    id: randomUUID(),
    timestamp: '2026-11-20T12:00:00.5Z',
    action: 'tool_invoked',
    actor_id: 'claims-triage',
    actor_type: 'agent',
    agent_name: 'claims-triage',
    data_classification: 'restricted',
    ...over,
  };
  return prepareAgentRecord(input, SOURCE);
}

/** Twenty records of every kind: full, bare, of a person, with escapes in a column, with free text, of two conversations and of none. */
export function variedRecords() {
  const say = (i: number, over: Partial<RecordInput>) =>
    agentRecord({ timestamp: `2026-11-20T12:00:${String(i).padStart(2, '0')}.000Z`, ...over });
  const full = {
    conversation_id: 'conv-1',
    resource_type: 'patient_record',
    resource_id: 'P-1',
    subject_id: 'S-1',
    on_behalf_of: 'dr-1',
    purpose: 'treatment',
    outcome: 'success',
    domains: ['hipaa', 'soc2'],
    details: { tool: 'ehr.read' },
  } as const;
  const found = { contains_phi: true, length: 41, model: 'm-1', phi_labels: ['phone'], tool: 'reply' };
  return [
    ...Array.from({ length: 8 }, (_, i) =>
      say(i, { ...full, agent_seq: i + 1, domains: [...full.domains], details: i % 2 ? full.details : found }),
    ),
    say(8, { conversation_id: 'conv-2', action: 'conversation_started', actor_type: 'user', actor_id: 'pat-7' }),
    say(9, { conversation_id: 'conv-2', resource_type: 'file', resource_id: 'a"b\\c/<x>' }),
    say(10, { conversation_id: 'conv-2', details: { id: 'no', a: '}{"id":"x","v":1}', nested: { submitted: ['"', '\\'] } } }),
    say(11, { conversation_id: 'conv-2', purpose: 'naïve “quotes” \u202e\u0007 🙂\n\\u0041' }),
    say(12, { conversation_id: 'conv-2', action: 'conversation_ended', data_classification: 'public', agent_seq: 9 }),
    say(13, {}),
    say(14, { outcome: 'denied', details: {}, domains: ['gdpr'] }),
    say(15, { timestamp: '1970-01-01T00:00:00Z', details: { deep: [[[[{ x: [1.5, 1e-7, 0, true, null] }]]]] } }),
    say(16, { timestamp: '2028-02-29T23:59:59.999Z', details: { '\u{fb33}': 1, '\u{1f600}': 2 } }),
    prepareAccessRecord({
      action: 'signed_in',
      actor_id: 'ada@example.org',
      actor_type: 'user',
      details: { zwj: '\u200d', 'a b': 'ü' },
      source: { channel: 'dashboard' },
    }),
    prepareAccessRecord({
      action: 'record_viewed',
      actor_id: 'x',
      actor_type: 'system',
      resource_type: 'record',
      resource_id: '100%25~',
      source: { channel: 'system' },
    }),
    say(19, { timestamp: '9999-12-31T23:59:59.999Z' }),
  ];
}

let made = 0;
/** A ledger of its own with {@link variedRecords}: positions 0 … 19. */
export async function variedLedger(db: TestDatabase): Promise<number> {
  const ledger = await emptyLedger(db);
  // One call takes records of one conversation together; several keep the order.
  for (const record of variedRecords()) await appendRecords(ledger, [record]);
  return ledger;
}

export async function emptyLedger(db: TestDatabase): Promise<number> {
  const slug = `t-${process.pid}-${++made}`;
  return asAdmin(
    db.adminUrl,
    async (c) =>
      (await c.query("SELECT create_ledger($1, $2, 'agents', $1, false) AS id", [slug, `test.example/${slug}`])).rows[0].id as number,
  );
}

/** Runs a verification to its end, as the queue would. */
export async function verify(ledger: number, scope: VerificationScope = { kind: 'ledger' }): Promise<VerificationDto> {
  const id = await prisma().$transaction(async (tx) => {
    const id = await enqueue(tx, { kind: 'verification', ledgerId: ledger, params: { scope: { ...scope } }, requestedBy: 'test' });
    await tx.verification.create({
      data: {
        id,
        ledger_id: ledger,
        scope_kind: scope.kind,
        ...(scope.kind === 'range' ? { from_seq: BigInt(scope.from), to_seq: BigInt(scope.to) } : {}),
        ...(scope.kind === 'conversation' ? { conversation_id: scope.conversation_id } : {}),
      },
    });
    return id;
  });
  await runJob(id, { verification: runVerification }, new AbortController().signal);
  const row = await prisma().ledger.findUniqueOrThrow({ where: { id: ledger } });
  await ledgerById(ledger);
  const run = await findRun(prisma(), row as Parameters<typeof findRun>[1], id);
  if (run === null || run.state !== 'done') throw new Error(`the verification is ${run?.state}: ${run?.error}`);
  return run;
}

/** `code@seq`, in order: what was found, and where. */
export function places(run: VerificationDto): string[] {
  return run.breaks.map((found) => `${found.code}@${found.seq}`);
}

/** As a superuser who first switches the triggers off, and on again. */
export async function tamper(db: TestDatabase, ledger: number, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  await asAdmin(db.adminUrl, async (client) => {
    const { rows } = await client.query<{ t: string }>(
      `SELECT tgrelid::regclass::text AS t FROM pg_trigger WHERE tgname = 'append_only_row' AND (tgrelid::regclass::text IN ('entries', 'records') OR tgrelid::regclass::text LIKE $1)`,
      [`records\\_l${ledger}%`],
    );
    const each = async (action: string) => {
      for (const { t } of rows)
        for (const name of ['append_only_row', 'append_only_statement']) await client.query(`ALTER TABLE ${t} ${action} TRIGGER ${name}`);
    };
    await client.query('BEGIN');
    await each('DISABLE');
    await work(client);
    await each('ENABLE ALWAYS');
    await client.query('COMMIT');
  });
}

/** Makes hashes anew for entries `from` … `to`, each on the one before, as if what stands there had been appended. */
export async function rehash(client: pg.Client, ledger: number, from: number, to: number): Promise<void> {
  const { rows } = await client.query<{
    seq: string;
    received_at_us: string;
    conversation_seq: string;
    integrity_hash: Buffer;
    previous_hash: Buffer;
    body: Buffer | null;
    body_hash: Buffer;
  }>(
    'SELECT e.*, r.body FROM entries e LEFT JOIN records r USING (ledger_id, seq) WHERE e.ledger_id = $1 AND e.seq BETWEEN $2 AND $3 ORDER BY e.seq',
    [ledger, from - 1, to],
  );
  let previous: Uint8Array | null = from === 0 ? rows[0].previous_hash : null;
  for (const row of rows) {
    if (Number(row.seq) === from - 1) {
      previous = row.integrity_hash;
      continue;
    }
    const bodyHash = row.body === null ? row.body_hash : nodeSha256(row.body);
    const header = {
      seq: BigInt(row.seq),
      receivedAtUs: BigInt(row.received_at_us),
      conversationSeq: BigInt(row.conversation_seq),
      previousHash: previous!,
      bodyHash,
    };
    const integrity = entryHash(header, nodeSha256);
    await client.query('UPDATE entries SET previous_hash = $3, body_hash = $4, integrity_hash = $5 WHERE ledger_id = $1 AND seq = $2', [
      ledger,
      row.seq,
      previous,
      bodyHash,
      integrity,
    ]);
    previous = integrity;
  }
}
