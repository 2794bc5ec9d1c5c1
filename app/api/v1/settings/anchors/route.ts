import { addTarget, listTargets } from '@/lib/anchors/manage-targets';
import { Answer, route } from '@/lib/auth/route';
import { AnchorBody, AnchorMadeAnswer, AnchorTargetPage } from '@/lib/schema/anchors';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'proofs.manage', sessionOnly: true, answer: AnchorTargetPage }, ({ viewer, query }) =>
  listTargets(viewer, query.get('ledger')),
);

export const POST = route(
  { permission: 'proofs.manage', sessionOnly: true, body: AnchorBody, answer: AnchorMadeAnswer },
  async ({ viewer, body, query }) => new Answer(201, await addTarget(viewer, query.get('ledger'), body)),
);
