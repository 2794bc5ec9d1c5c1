import { Answer, route } from '@/lib/auth/route';
import { RegistryFile } from '@/lib/schema/registry';
import { exportRegistry } from '@/lib/screens/view-registry';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'registry.read', answer: RegistryFile }, async ({ viewer, query }) => {
  const { name, file } = await exportRegistry(viewer, { params: query, route: '/api/v1/registry/file' });
  return new Answer(200, file, { 'Content-Disposition': `attachment; filename="${name}"` });
});
