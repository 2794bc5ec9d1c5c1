import 'server-only';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { figuresOf, type RetentionState } from '@/lib/ledger/decide-retention';
import { log } from '@/lib/log';
import { dayOf } from '@/lib/policy/retention-calendar';
import { SEEDED, sayPolicy } from '@/lib/policy/retention-catalogue';
import type { FrameDto } from '@/lib/schema/screens';
import { UNSIGNED, UNTOLD } from './view-frame';
import type { RetentionView } from './view-retention';

/**
 * What a page costs the first time (loading it, drawing it, going over sums with code that was not compiled yet) is most of a second. The process spends it on a page of its own
 * before it says that it is ready, so that nobody waits for it. Next loads what pages are made of by themselves: only a page that is asked for does this.
 */
export const WARM_UP_HEADER = 'x-holdfast-warm-up';

/** Spent at most: a start must not hang on it. */
const PATIENCE_MS = 10_000;
/** Lines that are gone over: enough for the code to be compiled. */
const LINES = 20_000;

/** The listener and Next are bundled apart: see lib/db.ts. */
const holder = globalThis as typeof globalThis & { __holdfastWarmUp?: Buffer };

/** Asks for the page, once. Where that fails the first who comes waits a little longer, and nothing else is lost. @returns whether it was drawn */
export async function warmUp(url: string): Promise<boolean> {
  const token = randomBytes(32);
  holder.__holdfastWarmUp = token;
  try {
    const answer = await fetch(new URL('/warm-up', url), {
      headers: { [WARM_UP_HEADER]: token.toString('hex') },
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`it was answered ${answer.status}`);
    return true;
  } catch (error) {
    log.warn({ err: error }, 'the pages were not drawn before somebody asks for one; the first one takes a little longer');
    return false;
  } finally {
    delete holder.__holdfastWarmUp;
  }
}

/** Whether a request is the process's own, while it warms up. */
export function isWarmUp(given: string | null): boolean {
  const own = holder.__holdfastWarmUp;
  const theirs = Buffer.from(given ?? '', 'hex');
  return own !== undefined && theirs.length === own.length && timingSafeEqual(theirs, own);
}

/** What the retention screen would show of a ledger that nobody has: no ledger is read for it. */
export function madeUpView(now: Date): { frame: FrameDto } & RetentionView {
  return {
    frame: { ...NOBODYS, now: now.toISOString() },
    figures: figuresOf(madeUp(), now.getTime()),
    rules: Object.fromEntries(SEEDED.map((policy) => [policy.code, sayPolicy(policy)])),
  };
}

const LEDGER = { id: 'none', name: 'None', kind: 'agents', demo: false, role: 'auditor' } as const;

const NOBODYS: Omit<FrameDto, 'now'> = {
  person: { id: 'nobody', name: 'Nobody', email: 'nobody@example.invalid', zone: 'UTC' },
  ledger: LEDGER,
  ledgers: [LEDGER],
  integrity: UNTOLD,
  proof: UNSIGNED,
  views: [],
};

function madeUp(): RetentionState {
  const domains = SEEDED.map(({ code }) => [code]);
  const lines = Array.from({ length: LINES }, (_, i) => {
    const day = dayOf(Date.UTC(2023, 0, 1 + (i % 1_400)));
    return { event: day, recorded: day, domains: domains[i % domains.length]!, unmapped: [], marks: [], state: 'hot' as const, count: 1 };
  });
  const since = '2026-01-01T00:00:00.000Z';
  return {
    policies: { version: 1, policies: [...SEEDED], settlements: [], changed_by: 'holdfast', changed_at: since, reason: null },
    lines,
    marks: { holds: new Set(), triggers: new Map() },
    progress: { countedTo: BigInt(LINES) - 1n, complete: true, behind: 0n, anew: { records: 0n, scopes: 0 } },
  };
}
