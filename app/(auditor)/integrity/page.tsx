import { IntegrityScreen } from '@/components/integrity/integrity-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewIntegrity } from '@/lib/screens/view-integrity';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Integrity' };

export default async function IntegrityPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...integrity } = await viewIntegrity(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Integrity">
      <IntegrityScreen integrity={integrity} />
    </Frame>
  );
}
