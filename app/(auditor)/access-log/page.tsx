import { AccessLogScreen } from '@/components/access-log/access-log-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewAccessLog } from '@/lib/screens/view-records';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Access log' };

export default async function AccessLogPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...page } = await viewAccessLog(viewer, await readInput(searchParams));
  return (
    <Frame
      frame={frame}
      title="Access log"
      lead="Who looked at what in this product, and who changed what: a ledger of its own, chained and verified in the same way."
    >
      <AccessLogScreen page={page} />
    </Frame>
  );
}
