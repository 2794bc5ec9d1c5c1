import { route } from '@/lib/auth/route';
import { VaultAnswer } from '@/lib/schema/words';
import { viewVault } from '@/lib/words/view-vault';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'vault.rotate', answer: VaultAnswer, sessionOnly: true }, ({ viewer, query }) =>
  viewVault(viewer, query.get('ledger')),
);
