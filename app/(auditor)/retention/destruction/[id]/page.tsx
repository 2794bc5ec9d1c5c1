import { CertificateScreen } from '@/components/destruction/certificate-screen';
import { BackLink } from '@/components/shell/back-link';
import { Frame } from '@/components/shell/frame';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewDestructionOne } from '@/lib/screens/view-destruction';
import { readInput, readSegment, type Search } from '../../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Certificate of destruction' };

export default async function CertificatePage({ params, searchParams }: { params: Promise<{ id: string }>; searchParams: Search }) {
  const { id } = await params;
  const viewer = await requireViewer();
  const { frame, destruction } = await viewDestructionOne(viewer, await readInput(searchParams, readSegment(id)));
  const title = destruction.certificate === null ? 'Destruction' : 'Certificate of destruction';
  return (
    <Frame frame={frame} back={<BackLink href="/retention/destruction">Destruction</BackLink>} title={`${title} #${destruction.number}`}>
      <CertificateScreen destruction={destruction} />
    </Frame>
  );
}
