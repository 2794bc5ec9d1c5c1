import { route } from '@/lib/auth/route';
import { RevealBody, RevealLine } from '@/lib/schema/words';
import { revealContent } from '@/lib/words/reveal-content';

export const dynamic = 'force-dynamic';

const encoder = new TextEncoder();

export const POST = route({ permission: 'content.reveal', body: RevealBody, sessionOnly: true }, async ({ viewer, body, query }) => {
  const lines = await revealContent(viewer, query.get('ledger'), body);
  // One line at a time, as fast as it is read.
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(RevealLine.parse(value))}\n`));
    },
    cancel: async () => void (await lines.return(undefined)),
  });
  return new Response(stream, {
    headers: {
      'Content-Type': 'application/x-ndjson; charset=utf-8',
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
});
