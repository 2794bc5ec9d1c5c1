import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type BrowserContext, expect, type Page } from 'playwright/test';
import type { Role } from '@/lib/schema/vocabulary';
import { ONE_CALL } from './installation';
import { chooseOrigin, type FurtherInstallation, startInstallation } from './start-installation';
import { visit } from './visit';

/** An installation with an archive of its own, whose records may leave it and whose objects may be tampered with. */
export interface ArchiveWorld extends FurtherInstallation {
  /** A conversation of long ago, whose time in hot storage is over; stored, signed and counted when it comes back. */
  talk(id: string, over: OldTalk): Promise<void>;
  /** Signs somebody in. */
  enter(context: BrowserContext, role: Role): Promise<void>;
  open(page: Page, path: string): Promise<void>;
  /** Asks the API as a page of that person does. */
  call(page: Page, path: string, body?: unknown): Promise<{ status: number; data: Record<string, unknown> }>;
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  /** How many bodies of a conversation are in the database. */
  hot(id: string): Promise<number>;
  /** Keeps every run from beginning its work for as long as `work` goes on. */
  stalled(work: () => Promise<void>): Promise<void>;
}

export interface OldTalk {
  day: string;
  domains: string[];
  turns: number;
  subject?: string;
}

export async function startArchiveWorld(settings: Record<string, string>): Promise<ArchiveWorld> {
  const { port, origin } = await chooseOrigin();
  const installation = await startInstallation(port, settings);
  const { told } = installation;
  const database = new pg.Client({ connectionString: told.adminDatabaseUrl });
  await database.connect();
  const query: ArchiveWorld['query'] = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
    (await database.query<T>(sql, values)).rows;
  const OWN = 'ledger_id = (SELECT id FROM ledgers WHERE slug = $1)';
  return {
    ...installation,
    query,
    async talk(id, over) {
      const answer = await fetch(`${origin}/api/v1/records`, {
        method: 'POST',
        headers: { ...ONE_CALL, authorization: `Bearer ${told.ingestKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(recordsOf(id, told.agentName, over)),
      });
      const { items } = (await answer.json()) as { items: { status: number; seq: string }[] };
      const last = items.at(-1)!;
      if (items.some(({ status }) => status !== 201)) throw new Error(`refused: ${JSON.stringify(items).slice(0, 500)}`);
      await expect
        .poll(
          async () => {
            const [row] = await query<{ ready: boolean }>(
              `SELECT (SELECT max(size) FROM checkpoints WHERE ${OWN}) > $2 AND (SELECT counted_to FROM volume_progress WHERE ${OWN}) >= $2
                  AND (SELECT counted_to FROM retention_progress WHERE ${OWN}) >= $2 AS ready`,
              [told.ledger, last.seq],
            );
            return row!.ready;
          },
          { timeout: 120_000, message: 'signed and counted' },
        )
        .toBe(true);
    },
    async enter(context, role) {
      const { email, password } = told.signIns.find((one) => one.role === role)!;
      const page = await context.newPage();
      await page.goto(`${origin}/sign-in`);
      await page.getByLabel('E-mail address').fill(email);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${origin}/`);
      await page.close();
    },
    async open(page, path) {
      await visit(page, origin + path);
    },
    async call(page, path, body) {
      const answer = await page.request.fetch(`${origin}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { origin, 'sec-fetch-site': 'same-origin' },
        ...(body === undefined ? {} : { data: body }),
      });
      return { status: answer.status(), data: (await answer.json()) as Record<string, unknown> };
    },
    async hot(id) {
      const [row] = await query<{ n: number }>(`SELECT count(*)::int AS n FROM records WHERE conversation_id = $2 AND ${OWN}`, [
        told.ledger,
        id,
      ]);
      return row!.n;
    },
    async stalled(work) {
      await database.query('BEGIN');
      await database.query('LOCK TABLE archive_leases IN EXCLUSIVE MODE');
      try {
        await work();
      } finally {
        await database.query('ROLLBACK');
      }
    },
    async stop() {
      await database.end();
      await installation.stop();
    },
  };
}

/** Messages and answers alone: a tool that nobody has mapped would be kept the longest. */
function recordsOf(id: string, agent: string, { day, domains, turns, subject }: OldTalk): Record<string, unknown>[] {
  const begun = Date.parse(`${day}T09:00:00.000Z`);
  return Array.from({ length: turns * 2 }, (_, i) => ({
    id: randomUUID(),
    timestamp: new Date(begun + i * 20_000).toISOString(),
    action: i % 2 === 0 ? 'user_message_received' : 'agent_response_generated',
    actor_id: agent,
    actor_type: 'agent',
    agent_name: agent,
    data_classification: 'internal',
    conversation_id: id,
    agent_seq: i + 1,
    domains,
    ...(subject === undefined ? {} : { subject_id: subject }),
    details: { length: 40 + i },
    content: [{ part: i % 2 === 0 ? 'prompt' : 'response', text: `What was said ${i} in ${id}.` }],
  }));
}
