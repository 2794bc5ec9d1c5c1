import { ExportsScreen } from '@/components/exports/exports-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { verifierDigest } from '@/lib/evidence/verifier-page';
import { viewExports } from '@/lib/screens/view-exports';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Exports' };

export default async function ExportsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...list } = await viewExports(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Exports">
      <ExportsScreen {...list} verifier={await verifierDigest()} />
    </Frame>
  );
}
