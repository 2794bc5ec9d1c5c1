import { UsersScreen } from '@/components/settings/users-screen';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewUsers } from '@/lib/screens/view-users';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Users and roles' };

export default async function UsersPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...list } = await viewUsers(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Users and roles">
      <UsersScreen {...list} />
    </Frame>
  );
}
