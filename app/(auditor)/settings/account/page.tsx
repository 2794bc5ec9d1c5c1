import { AccountScreen } from '@/components/settings/account-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewAccount } from '@/lib/screens/view-account';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Your account' };

export default async function AccountPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...list } = await viewAccount(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Your account">
      <AccountScreen {...list} />
    </Frame>
  );
}
