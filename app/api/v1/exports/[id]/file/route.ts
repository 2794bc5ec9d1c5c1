import { route } from '@/lib/auth/route';
import { downloadExport } from '@/lib/evidence/manage-exports';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'evidence.export', sessionOnly: true }, async ({ viewer, query, params }) => {
  const { made, pieces } = await downloadExport(viewer, query.get('ledger'), params.id);
  const stream = new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void (await pieces.return(undefined)),
  });
  return new Response(stream, {
    headers: {
      'Content-Type': 'application/zip',
      'Content-Length': String(made.bytes),
      'Content-Disposition': `attachment; filename="${made.file_name}"`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Content-SHA256': made.sha256 ?? '',
    },
  });
});
