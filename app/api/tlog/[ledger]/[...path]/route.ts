import { readViewer } from '@/lib/auth/read-viewer';
import { publicRoute } from '@/lib/auth/route';
import { serveTlog } from '@/lib/proofs/serve-tlog';

export const dynamic = 'force-dynamic';

export const GET = publicRoute({}, async ({ request, params }) => {
  // As it was sent: a path that is spelled otherwise, with a percent sign for one, names nothing.
  const [, path = ''] = /^\/api\/tlog\/[^/]*\/(.*)$/.exec(new URL(request.url).pathname) ?? [];
  const { body, headers } = await serveTlog({
    viewer: await readViewer(request, { background: true }),
    slug: params.ledger!,
    path,
  });
  return new Response(body, { headers: { 'X-Content-Type-Options': 'nosniff', ...headers } });
});
