import { route } from '@/lib/auth/route';
import { ShreddingPreviewAnswer, ShreddingPreviewBody } from '@/lib/schema/words';
import { previewShredding } from '@/lib/words/request-shredding';

export const dynamic = 'force-dynamic';

export const POST = route(
  { permission: 'content.shred', body: ShreddingPreviewBody, answer: ShreddingPreviewAnswer, sessionOnly: true },
  ({ viewer, body, query }) => previewShredding(viewer, query.get('ledger'), body.scope),
);
