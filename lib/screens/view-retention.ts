import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { figuresOf, readRetentionState } from '@/lib/ledger/decide-retention';
import { listPolicyVersions } from '@/lib/ledger/read-policy-history';
import { listTriggers } from '@/lib/ledger/read-triggers';
import { sayPolicy } from '@/lib/policy/retention-catalogue';
import { tellPolicies } from '@/lib/policy/retention-tell';
import type { PoliciesDto, PolicyVersions, RetentionDto, TriggerPageDto } from '@/lib/schema/retention';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

export interface RetentionView {
  figures: RetentionDto;
  /** By code, each policy's rule in one sentence. */
  rules: Record<string, string>;
}

/** What is kept until when, and why: the figures of GET /api/v1/retention, by the same function. @throws RefusalError as auditedScreen */
export async function viewRetention(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & RetentionView> {
  return auditedScreen(viewer, input, { permission: 'retention.read', screen: '/retention' }, async ({ ledger }) => {
    const state = await readRetentionState(ledger);
    const rules = Object.fromEntries(state.policies.policies.map((policy) => [policy.code, sayPolicy(policy)]));
    return { figures: figuresOf(state, Date.now()), rules };
  });
}

export interface PoliciesView {
  policies: PoliciesDto;
  triggers: TriggerPageDto;
  history: PolicyVersions;
  /** Versions older than that are shown; null: the newest. */
  before: number | null;
  /** Of the same moment: to how many records each policy applies, and which conflicts stand. */
  figures: Pick<RetentionDto, 'policies' | 'conflicts' | 'complete'>;
}

/** The policies with how they came to be, the answers to their conflicts, and the events that start their clocks. @throws RefusalError format at /before */
export async function viewRetentionPolicies(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & PoliciesView> {
  const before = beforeOf(input.params?.get('before') || null);
  return auditedScreen(viewer, input, { permission: 'retention.read', screen: '/retention/policies' }, async ({ ledger }) => {
    const state = await readRetentionState(ledger);
    const { policies, conflicts, complete } = figuresOf(state, Date.now());
    return boundedRead(async (tx) => ({
      policies: tellPolicies(state.policies),
      triggers: {
        ...(await listTriggers(tx, ledger.id)),
        triggers: [...new Set(state.policies.policies.flatMap(({ trigger }) => trigger ?? []))].sort(),
      },
      history: await listPolicyVersions(tx, ledger.id, before),
      before,
      figures: { policies, conflicts, complete },
    }));
  });
}

function beforeOf(text: string | null): number | null {
  if (text === null) return null;
  if (!/^\d{1,9}$/.test(text)) refuse('format', 'The version is not a number.', '/before');
  return Number(text);
}
