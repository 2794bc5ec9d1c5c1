import { ownAddress } from '@/lib/auth/check-origin';
import { makeOpenApi } from '@/lib/schema/openapi';

export const dynamic = 'force-dynamic';

/** Open to everyone: it holds nothing of a ledger. */
export function GET(request: Request): Response {
  return Response.json(makeOpenApi(ownAddress(request.headers)), {
    headers: { 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' },
  });
}
