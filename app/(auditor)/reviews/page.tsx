import { Frame } from '@/components/shell/frame';
import { ReviewsScreen } from '@/components/words/reviews-screen';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewReviews } from '@/lib/screens/view-words';
import { readInput, type Search } from '../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Reviews' };

export default async function ReviewsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, ...list } = await viewReviews(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Reviews">
      <ReviewsScreen {...list} />
    </Frame>
  );
}
