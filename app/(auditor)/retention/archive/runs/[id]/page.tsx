import { runWords } from '@/components/archive/archive-words';
import { ArchiveRunScreen } from '@/components/archive/run-screen';
import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { InertText } from '@/components/ui/inert-text';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewArchiveRun } from '@/lib/screens/view-archive';
import { readInput, readSegment, type Search } from '../../../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Archive run' };

export default async function ArchiveRunPage({ params, searchParams }: { params: Promise<{ id: string }>; searchParams: Search }) {
  const { id } = await params;
  const viewer = await requireViewer();
  const { frame, run, segments } = await viewArchiveRun(viewer, await readInput(searchParams, readSegment(id)));
  return (
    <Frame frame={frame} back={<BackLink href="/retention/archive">Archive</BackLink>} title={<InertText text={runWords(run)} />}>
      <ArchiveRunScreen run={run} segments={segments} />
    </Frame>
  );
}
