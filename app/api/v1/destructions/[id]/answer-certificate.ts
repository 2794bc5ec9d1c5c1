import type { Call } from '@/lib/auth/route';
import { type CertificateFormat, downloadCertificate } from '@/lib/retention/view-destruction';

/** Answers with the certificate of a destruction as a file. @returns what a route of that format does */
export const answerCertificate =
  (format: CertificateFormat) =>
  async ({ viewer, query, params }: Call<undefined>): Promise<Response> => {
    const { name, type, bytes } = await downloadCertificate(viewer, query.get('ledger'), params.id, format);
    return new Response(new Uint8Array(bytes), {
      headers: {
        'Content-Type': type,
        'Content-Length': String(bytes.length),
        'Content-Disposition': `attachment; filename="${name}"`,
        'Cache-Control': 'private, no-store',
        'X-Content-Type-Options': 'nosniff',
      },
    });
  };
