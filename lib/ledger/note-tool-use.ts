import 'server-only';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { log } from '@/lib/log';
import type { AppendResult } from './append-batch';
import type { PreparedRecord } from './prepare-record';

/**
 * How often each tool is called: counted in memory as records are stored, and added to the table every two seconds. What was counted and not yet added is lost when
 * the process is killed: a figure to find unmapped tools by, never evidence.
 */
const EVERY_MS = 2_000;
/** Names told apart between two additions; a sender can make up names without end, and those beyond count as ''. */
const NAMES = 2_000;

interface Count {
  /** Microseconds since 1970, by the database's clock. */
  first: bigint;
  last: bigint;
  count: number;
  unmapped: number;
  version: number;
}
interface Waiting {
  /** By database and ledger: tests change theirs. */
  ledgers: Map<string, { ledgerId: number; tools: Map<string, Count> }>;
  timer: NodeJS.Timeout | null;
}

const holder = globalThis as typeof globalThis & { __holdfastToolUse?: Waiting };
holder.__holdfastToolUse ??= { ledgers: new Map(), timer: null };
const waiting = holder.__holdfastToolUse;

/** @param results of the records, in their order; only what was stored now is counted, so that a retry counts once. */
export function noteToolUse(ledgerId: number, records: readonly PreparedRecord[], results: readonly AppendResult[]): void {
  for (let i = 0; i < records.length; i++) {
    const use = records[i].toolUse;
    const result = results[i];
    if (use === undefined || result.kind !== 'stored') continue;
    const at = result.receivedAtUs;
    const key = `${env().DATABASE_URL}#${ledgerId}`;
    const ledger = waiting.ledgers.get(key) ?? { ledgerId, tools: new Map<string, Count>() };
    waiting.ledgers.set(key, ledger);
    add(ledger.tools, use.tool, { first: at, last: at, count: 1, unmapped: use.mapped ? 0 : 1, version: use.version });
    waiting.timer ??= setTimeout(() => void addToolUse(), EVERY_MS).unref();
  }
}

function add(tools: Map<string, Count>, name: string, more: Count): void {
  const tool = tools.has(name) || tools.size < NAMES ? name : '';
  const count = tools.get(tool);
  if (count === undefined) {
    tools.set(tool, { ...more });
    return;
  }
  if (more.first < count.first) count.first = more.first;
  if (more.last > count.last) count.last = more.last;
  count.count += more.count;
  count.unmapped += more.unmapped;
  count.version = Math.max(count.version, more.version);
}

/** Adds what was counted; what cannot be added stays for the next time. Never throws. */
export async function addToolUse(): Promise<void> {
  if (waiting.timer) clearTimeout(waiting.timer);
  waiting.timer = null;
  const ledgers = [...waiting.ledgers];
  waiting.ledgers.clear();
  for (const [key, { ledgerId, tools }] of ledgers) {
    const rows = [...tools].sort(([a], [b]) => (a < b ? -1 : 1));
    const column = <T>(pick: (count: Count, tool: string) => T) => rows.map(([tool, count]) => pick(count, tool));
    const time = (us: bigint) => new Date(Number(us / 1000n));
    try {
      await pool('ingest').query('SELECT add_tool_use($1, $2, $3, $4, $5, $6, $7)', [
        ledgerId,
        column((_, tool) => tool),
        column((c) => time(c.first)),
        column((c) => time(c.last)),
        column((c) => c.count),
        column((c) => c.unmapped),
        column((c) => c.version),
      ]);
    } catch (error) {
      log.warn({ err: error, ledger: ledgerId }, 'uses of tools are not counted yet');
      const ledger = waiting.ledgers.get(key) ?? { ledgerId, tools: new Map<string, Count>() };
      for (const [tool, count] of tools) add(ledger.tools, tool, count);
      waiting.ledgers.set(key, ledger);
      waiting.timer ??= setTimeout(() => void addToolUse(), EVERY_MS * 5).unref();
    }
  }
}

/** For a clean stop: adds what is left, and leaves nothing to wake up for. */
export async function stopToolUse(): Promise<void> {
  await addToolUse();
  if (waiting.timer) clearTimeout(waiting.timer);
  waiting.timer = null;
  waiting.ledgers.clear();
}
