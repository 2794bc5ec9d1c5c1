import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { soleAuthorization } from '@/lib/auth/authenticate-key';
import { clientAddress } from '@/lib/auth/client-address';
import { route } from '@/lib/auth/route';
import { answerIngest } from '@/lib/ingest/answer-request';
import { RecordPage } from '@/lib/schema/answers';
import { viewRecords } from '@/lib/screens/view-records';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'records.read', answer: RecordPage }, ({ viewer, query }) =>
  viewRecords(viewer, { params: query, route: '/api/v1/records' }),
);

/**
 * For `next dev`, hosts that run no process of ours, and other spellings of this address (`/api/v1/./records`); the listener of lib/server answers it
 * before it gets here.
 */
export async function POST(request: Request): Promise<Response> {
  const answer = await answerIngest({
    header: (name) => request.headers.get(name) ?? undefined,
    // A platform joins repeated headers with a comma, which no key contains, or drops all but the first: then the raw ones are counted.
    authorizations: soleAuthorization(request.headers) === null ? 2 : (request.headers.get('authorization') ?? '').split(',').length,
    query: new URL(request.url).searchParams,
    body: request.body === null ? Readable.from([]) : Readable.fromWeb(request.body as WebStream),
    address: clientAddress(request.headers),
  });
  return new Response(answer.body, { status: answer.status, headers: { ...answer.headers, 'Cache-Control': 'private, no-store' } });
}
