import { KeysScreen } from '@/components/settings/keys-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewKeys } from '@/lib/screens/view-keys';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Keys' };

export default async function KeysPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...list } = await viewKeys(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Keys">
      <KeysScreen {...list} />
    </Frame>
  );
}
