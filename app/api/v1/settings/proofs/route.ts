import { route } from '@/lib/auth/route';
import { changeProofSettings } from '@/lib/proofs/change-settings';
import { readSettings } from '@/lib/proofs/read-settings';
import { ProofSettingsBody } from '@/lib/schema/settings';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'proofs.manage', sessionOnly: true }, ({ viewer, query }) =>
  readSettings(viewer, query.get('ledger')),
);

export const PATCH = route({ permission: 'proofs.manage', sessionOnly: true, body: ProofSettingsBody }, ({ viewer, body, query }) =>
  changeProofSettings(viewer, query.get('ledger'), body),
);
