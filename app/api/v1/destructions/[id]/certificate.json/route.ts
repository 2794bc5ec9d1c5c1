import { route } from '@/lib/auth/route';
import { downloadCertificate } from '@/lib/retention/view-destruction';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read' }, async ({ viewer, query, params }) => {
  const { name, type, bytes } = await downloadCertificate(viewer, query.get('ledger'), params.id, 'json');
  return new Response(new Uint8Array(bytes), {
    headers: {
      'Content-Type': type,
      'Content-Length': String(bytes.length),
      'Content-Disposition': `attachment; filename="${name}"`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
});
