import { Frame } from '@/components/shell/frame';
import { ContentSettingsForm } from '@/components/words/content-settings-form';
import { PersonWords } from '@/components/words/person-words';
import { requireViewer } from '@/lib/auth/read-viewer';
import { viewContentSettings } from '@/lib/screens/view-words';
import { readInput, type Search } from '../../read-input';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Words' };

export default async function ContentSettingsPage({ searchParams }: { searchParams: Search }) {
  const viewer = await requireViewer();
  const { frame, settings } = await viewContentSettings(viewer, await readInput(searchParams));
  return (
    <Frame frame={frame} title="Words">
      <ContentSettingsForm key={settings.version} settings={settings} />
      <PersonWords />
    </Frame>
  );
}
