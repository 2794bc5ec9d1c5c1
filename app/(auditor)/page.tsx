import { FirstRecord } from '@/components/overview/first-record';
import { OverviewScreen } from '@/components/overview/overview-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewOverview } from '@/lib/screens/view-overview';
import { readInput, type Search } from './read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Overview' };

export default async function OverviewPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...overview } = await viewOverview(viewer, await readInput(searchParams));
  return (
    <Frame
      frame={frame}
      title="Overview"
      lead={frame.ledger.demo ? 'A demonstration: invented people, invented agents. It can be thrown away.' : undefined}
    >
      {overview.empty ? <FirstRecord /> : <OverviewScreen overview={overview} />}
    </Frame>
  );
}
