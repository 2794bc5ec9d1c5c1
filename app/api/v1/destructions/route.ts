import { Answer, route } from '@/lib/auth/route';
import { requestDestruction } from '@/lib/retention/manage-destruction';
import { viewDestructions } from '@/lib/retention/view-destruction';
import { DestructionAnswer, DestructionBody, DestructionPage } from '@/lib/schema/destruction';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read', answer: DestructionPage }, ({ viewer, query }) =>
  viewDestructions(viewer, query.get('ledger'), query.get('before')),
);

export const POST = route(
  { permission: 'destruction.request', body: DestructionBody, answer: DestructionAnswer, sessionOnly: true },
  async ({ viewer, body, query }) => {
    const made = await requestDestruction(viewer, query.get('ledger'), body);
    return new Answer(201, made, { Location: `/api/v1/destructions/${made.id}` });
  },
);
