import { Answer, route } from '@/lib/auth/route';
import { REGISTRY_LIMITS, RegistryAnswer, SaveRegistryBody } from '@/lib/schema/registry';
import { changeRegistry } from '@/lib/screens/change-registry';
import { readRegistryVersion } from '@/lib/screens/view-registry';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'registry.read', answer: RegistryAnswer }, ({ viewer, query }) =>
  readRegistryVersion(viewer, { params: query, route: '/api/v1/registry' }),
);

export const POST = route(
  {
    permission: 'registry.manage',
    body: SaveRegistryBody,
    bodyLimit: 2 * REGISTRY_LIMITS.bytes,
    answer: RegistryAnswer,
    sessionOnly: true,
  },
  async ({ viewer, body, query }) => new Answer(201, await changeRegistry(viewer, query.get('ledger'), body)),
);
