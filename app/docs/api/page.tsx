import type { Metadata } from 'next';
import { ApiDocument } from '@/components/api-docs/api-document';
import { makeOpenApi } from '@/lib/schema/openapi';

export const metadata: Metadata = { title: 'API · Holdfast' };
// Made for each request, since the policy for scripts carries a number of that request.
export const dynamic = 'force-dynamic';

/** Open to everyone: it holds nothing of a ledger. */
export default function ApiPage() {
  return <ApiDocument document={makeOpenApi('')} />;
}
