import { monitorEventLoopDelay } from 'node:perf_hooks';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '@/lib/chain/canonical-json';
import { htmlReport } from './html-report';
import { pdfReport } from './pdf-report';
import type { ReportRecord } from './report-record';
import type { Report } from './report-words';

const record = (seq: number, details: Record<string, JsonValue>, rest: Record<string, JsonValue> = {}): ReportRecord => ({
  seq: String(seq),
  id: '01890000-0000-7000-8000-000000000000',
  receivedAt: '2026-11-21T10:00:00.000000Z',
  conversationSeq: '1',
  integrityHash: 'ab'.repeat(32),
  body: { action: 'tool_invoked', timestamp: '2026-11-21T10:00:00Z', actor_id: 'agent-1', ...rest, details },
});
const reportOf = (records: ReportRecord[]): Report => ({
  ledger: { id: 1, slug: 'clinic', name: 'Clinic', origin: 'audit.example.org/ledgers/clinic', kind: 'agents' } as Report['ledger'],
  scope: { kind: 'range', from: '0', to: String(records.length - 1) },
  checkpoint: {
    number: '1',
    incarnation: 1,
    origin: 'audit.example.org/ledgers/clinic',
    size: String(records.length),
    root: 'cd'.repeat(32),
    signed_at: '2026-11-21T10:00:00.000Z',
    note: '',
    anchors: [],
    witnessed: false,
  },
  records,
});
async function html(records: ReportRecord[]): Promise<string> {
  let all = '';
  for await (const piece of htmlReport(reportOf(records))) all += piece;
  return all;
}
/** The lines that a PDF draws, each as one string. */
async function pdfLines(records: ReportRecord[]): Promise<string[]> {
  const bytes = await pdfReport(reportOf(records));
  const lines: string[] = [];
  for (let at = bytes.indexOf('stream\n'); at !== -1; at = bytes.indexOf('stream\n', at + 7)) {
    if (bytes.subarray(at - 3, at).toString() === 'end') continue;
    const drawn = inflateSync(bytes.subarray(at + 7, bytes.indexOf('\nendstream', at))).toString('latin1');
    for (const [, shown] of drawn.matchAll(/\[([^\]]*)\] TJ/g))
      lines.push([...shown!.matchAll(/<([0-9a-f]*)>/g)].map(([, hex]) => Buffer.from(hex!, 'hex').toString('latin1')).join(''));
  }
  return lines;
}

describe('what a record says', () => {
  const forged = record(
    0,
    {
      say: 'fine\n#1  record_approved\nreceived 2026-01-01T00:00:00.000000Z\noutcome: success',
      'x\noutcome': 'y',
    },
    { purpose: 'check\n#2  record_approved', actor_id: 'a\u2028#3  record_approved' },
  );

  it('begins no line of the page but where a member begins: every line that it breaks is marked', async () => {
    const page = await html([forged]);
    expect(page).not.toMatch(/^(#\d|received|outcome|record)/m);
    expect(page).toContain('say: fine\n| #1  record_approved\n| received 2026-01-01T00:00:00.000000Z\n| outcome: success</pre>');
    expect(page).toContain('check [new line] #2  record_approved');
  });

  it('begins no line of the PDF', async () => {
    const lines = await pdfLines([forged]);
    expect(lines.some((line) => line.startsWith('| #1  record_approved'))).toBe(true);
    expect(lines.filter((line) => /^(#[123]|outcome)/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('received'))).toHaveLength(1);
  });
});

describe('a report', () => {
  const large = (i: number) => record(i, { tool: 'fetch', answer: `${i} lorem ipsum `.repeat(4_000).slice(0, 56_000) });

  it('shows the beginning of a long text, and says how much more there is and where', async () => {
    const page = await html([large(7)]);
    expect(page).toContain('answer: 7 lorem ipsum');
    expect(page).toMatch(/… 5\d,\d{3} more characters, in records\/000000000007\.json/);
    expect(page.length).toBeLessThan(12_000);
    expect((await pdfLines([large(7)])).join('')).toMatch(/more characters, in records\/000000000007\.json/);
  });

  it('shows a record of an ordinary size whole', async () => {
    const page = await html([record(0, { tool: 'lookup', note: 'x'.repeat(3_000) })]);
    expect(page).toContain('x'.repeat(3_000));
    expect(page).not.toContain('more characters');
  });

  it('stays below 64 MiB, whatever 50,000 records hold', async () => {
    const hostile = record(0, { a: '&"\u202e\n'.repeat(2_000) }, { purpose: '"'.repeat(5_000), agent_name: '\u{1f600}'.repeat(5_000) });
    const records = Array.from({ length: 50_000 }, (_, i) => ({ ...hostile, seq: String(i) }));
    let bytes = 0;
    for await (const piece of htmlReport(reportOf(records))) bytes += Buffer.byteLength(piece);
    expect(bytes).toBeLessThan(64 * 1024 * 1024);
  }, 60_000);

  it('of 200 records of 56 KB lets the process do other things while it is made', async () => {
    const records = Array.from({ length: 200 }, (_, i) => large(i));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    // It counts from one turn to the next: without one before, the first stall is not seen.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await html(records);
    await pdfReport(reportOf(records));
    // A stall is counted when it is over.
    await new Promise((resolve) => setTimeout(resolve, 20));
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(250);
  }, 60_000);
});
