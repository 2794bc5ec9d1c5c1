import { route } from '@/lib/auth/route';
import { ToolUseAnswer } from '@/lib/schema/registry';
import { readToolUse } from '@/lib/screens/view-registry';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'registry.read', answer: ToolUseAnswer }, ({ viewer, query }) =>
  readToolUse(viewer, { params: query, route: '/api/v1/registry/tools' }),
);
