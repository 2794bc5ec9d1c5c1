import { HoldsScreen, PlaceHoldHere } from '@/components/holds/holds-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewHolds } from '@/lib/screens/view-holds';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Holds' };

export default async function HoldsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, holds } = await viewHolds(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Legal holds" {...(holds.matters_total > 0 && { action: <PlaceHoldHere /> })}>
      <HoldsScreen {...holds} />
    </Frame>
  );
}
