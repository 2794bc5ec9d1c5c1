import { route } from '@/lib/auth/route';
import { downloadReport } from '@/lib/reports/manage-reports';
import { REPORT_TYPES } from '@/lib/schema/reports';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'reports.export', sessionOnly: true }, async ({ viewer, query, params }) => {
  const { file, pieces } = await downloadReport(viewer, query.get('ledger'), params.id, params.format);
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
      'Content-Type': REPORT_TYPES[file.format],
      'Content-Length': String(file.bytes),
      'Content-Disposition': `attachment; filename="${file.file_name}"`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Content-SHA256': file.sha256,
    },
  });
});
