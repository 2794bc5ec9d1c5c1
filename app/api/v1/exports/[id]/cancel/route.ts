import * as z from 'zod/mini';
import { route } from '@/lib/auth/route';
import { cancelExport } from '@/lib/evidence/manage-exports';
import { ExportAnswer } from '@/lib/schema/evidence';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'evidence.export', body: z.strictObject({}), answer: ExportAnswer, sessionOnly: true },
  ({ viewer, query, params }) => cancelExport(viewer, query.get('ledger'), params.id),
);
