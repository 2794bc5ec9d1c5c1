import { changeTarget, removeTarget } from '@/lib/anchors/manage-targets';
import { route } from '@/lib/auth/route';
import { AnchorTargetAnswer, ChangeAnchorBody } from '@/lib/schema/anchors';

export const dynamic = 'force-dynamic';

export const PATCH = route(
  { permission: 'proofs.manage', sessionOnly: true, body: ChangeAnchorBody, answer: AnchorTargetAnswer },
  ({ viewer, params, body }) => changeTarget(viewer, params.id, body),
);

export const DELETE = route({ permission: 'proofs.manage', sessionOnly: true, answer: AnchorTargetAnswer }, ({ viewer, params }) =>
  removeTarget(viewer, params.id),
);
