import { RunScreen } from '@/components/integrity/run-screen';
import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { InertText } from '@/components/ui/inert-text';
import { scopeWords } from '@/components/ui/vocabulary-words';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewVerification } from '@/lib/screens/view-integrity';
import { readInput, readSegment, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Verification' };

export default async function VerificationPage({ params, searchParams }: { params: Promise<{ id: string }>; searchParams: Search }) {
  const { id } = await params;
  const viewer = await requireViewer();
  const { frame, verification } = await viewVerification(viewer, await readInput(searchParams, readSegment(id)));
  return (
    <Frame
      frame={frame}
      back={<BackLink href="/integrity">Integrity</BackLink>}
      title={<InertText text={`Verification: ${scopeWords(verification.scope)}`} />}
    >
      <RunScreen run={verification} />
    </Frame>
  );
}
