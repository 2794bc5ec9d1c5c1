import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { decideDue } from '@/lib/ledger/decide-due';
import { readDestructionDetail, readDestructionPage } from '@/lib/ledger/read-destruction-detail';
import { readPolicies } from '@/lib/ledger/read-retention';
import type { DestructionDetail, DestructionPageDto, DueDto } from '@/lib/schema/destruction';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

export interface DestructionScreenDto {
  due: DueDto;
  destructions: DestructionPageDto;
  /** Policies that are on: what a request can be about. */
  policies: { code: string; title: string }[];
  /** Nothing of an access ledger is ever destroyed. */
  refused: boolean;
}

/** What is past its minimum, and what people have asked for: `?before=` a number for older requests. @throws RefusalError format at /before */
export async function viewDestructionScreen(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & DestructionScreenDto> {
  const before = input.params?.get('before') || null;
  if (before !== null && !/^[1-9]\d{0,8}$/.test(before))
    refuse('format', 'The cursor "before" is none that this list gave out.', '/before');
  return auditedScreen(viewer, input, { permission: 'retention.read', screen: '/retention/destruction' }, async ({ ledger }) => ({
    due: await decideDue(ledger),
    destructions: await readDestructionPage(prisma(), ledger.id, before === null ? null : Number(before), personOf(viewer)),
    policies: (await readPolicies(prisma(), ledger.id)).policies.filter(({ on }) => on).map(({ code, title }) => ({ code, title })),
    refused: ledger.kind === 'access',
  }));
}

/** One destruction with its certificate. @throws RefusalError not_found, also for one of another ledger */
export async function viewDestructionOne(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto; destruction: DestructionDetail }> {
  const id = input.id ?? '';
  const look = { permission: 'retention.read', screen: '/retention/destruction/[id]', resource: { type: 'destruction', id } } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const destruction = await readDestructionDetail(prisma(), ledger.id, id, personOf(viewer));
    if (destruction === null) refuse('not_found', 'There is no such destruction in this ledger.');
    return { destruction };
  });
}

const personOf = (viewer: Viewer) => (viewer.keyId === null ? viewer.person.id : null);
