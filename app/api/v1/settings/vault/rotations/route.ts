import { Answer, route } from '@/lib/auth/route';
import { RotationAnswer } from '@/lib/schema/words';
import { rotateVault } from '@/lib/words/rotate-vault';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'vault.rotate', answer: RotationAnswer, sessionOnly: true },
  async ({ viewer, query }) => new Answer(201, await rotateVault(viewer, query.get('ledger'))),
);
