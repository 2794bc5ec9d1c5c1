import { PoliciesScreen } from '@/components/retention/policies-screen';
import { RetentionTabs } from '@/components/retention/retention-tabs';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewRetentionPolicies } from '@/lib/screens/view-retention';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Retention policies' };

export default async function RetentionPoliciesPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...view } = await viewRetentionPolicies(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Retention">
      <RetentionTabs />
      <PoliciesScreen {...view} />
    </Frame>
  );
}
