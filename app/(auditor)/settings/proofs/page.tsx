import { ProofsScreen } from '@/components/settings/proofs-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewProofSettings } from '@/lib/screens/view-proofs';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Proofs and alarms' };

export default async function ProofsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...proofs } = await viewProofSettings(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Proofs and alarms">
      <ProofsScreen {...proofs} />
    </Frame>
  );
}
