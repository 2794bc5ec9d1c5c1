import { changeTarget, removeTarget } from '@/lib/anchors/manage-targets';
import { route } from '@/lib/auth/route';
import { AnchorTargetAnswer, ChangeAnchorBody } from '@/lib/schema/anchors';

export const dynamic = 'force-dynamic';

export const PATCH = route(
  { permission: 'proofs.manage', sessionOnly: true, body: ChangeAnchorBody, answer: AnchorTargetAnswer },
  ({ viewer, params, body, query }) => changeTarget(viewer, query.get('ledger'), params.id, body),
);

export const DELETE = route({ permission: 'proofs.manage', sessionOnly: true, answer: AnchorTargetAnswer }, ({ viewer, params, query }) =>
  removeTarget(viewer, query.get('ledger'), params.id),
);
