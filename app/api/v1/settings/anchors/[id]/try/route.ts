import { tryTarget } from '@/lib/anchors/manage-targets';
import { route } from '@/lib/auth/route';
import { AnchorTargetAnswer } from '@/lib/schema/anchors';

export const dynamic = 'force-dynamic';

export const POST = route({ permission: 'proofs.manage', sessionOnly: true, answer: AnchorTargetAnswer }, ({ viewer, params, query }) =>
  tryTarget(viewer, query.get('ledger'), params.id),
);
