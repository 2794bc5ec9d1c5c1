import { route } from '@/lib/auth/route';
import { giveReceipt, viewReceipt, viewRecordProof } from '@/lib/proofs/prove-record';
import { RecordProofAnswer } from '@/lib/schema/answers';

export const dynamic = 'force-dynamic';

const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff' };
const receipt = (text: string) => new Response(text, { headers: HEADERS });

export const GET = route(
  { permission: 'records.read', agent: async ({ key, params }) => receipt(await giveReceipt(key, params.id!)) },
  async ({ viewer, query, params, request }) => {
    if (!/\bapplication\/json\b/.test(request.headers.get('accept') ?? ''))
      return receipt(await viewReceipt(viewer, query.get('ledger'), params.id!));
    return RecordProofAnswer.parse(await viewRecordProof(viewer, query.get('ledger'), params.id!));
  },
);
