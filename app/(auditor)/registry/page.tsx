import { RegistryScreen } from '@/components/registry/registry-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewRegistry } from '@/lib/screens/view-registry';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Registry' };

export default async function RegistryPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...registry } = await viewRegistry(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Registry">
      <RegistryScreen {...registry} />
    </Frame>
  );
}
