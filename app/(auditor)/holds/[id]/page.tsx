import { HoldScreen } from '@/components/holds/hold-screen';
import { ReleaseSteps } from '@/components/holds/release-hold';
import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { InertText } from '@/components/ui/inert-text';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewHoldPage } from '@/lib/screens/view-holds';
import { readInput, readSegment, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Hold' };

export default async function HoldPage({ params, searchParams }: { params: Promise<{ id: string }>; searchParams: Search }) {
  const { id } = await params;
  const viewer = await requireViewer();
  const { frame, detail } = await viewHoldPage(viewer, await readInput(searchParams, readSegment(id)));
  return (
    <Frame
      frame={frame}
      back={<BackLink href="/holds">Legal holds</BackLink>}
      title={
        <>
          Hold #{detail.hold.number}: <InertText text={detail.hold.matter} />
        </>
      }
      action={<ReleaseSteps hold={detail.hold} primary />}
    >
      <HoldScreen {...detail} />
    </Frame>
  );
}
