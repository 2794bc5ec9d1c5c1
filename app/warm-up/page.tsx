import { headers } from 'next/headers';
import { notFound } from 'next/navigation';
import { ReauthenticateProvider } from '@/components/api/reauthenticate';
import { RetentionScreen } from '@/components/retention/retention-screen';
import { RetentionTabs } from '@/components/retention/retention-tabs';
import { Frame } from '@/components/shell/frame';
import { isWarmUp, madeUpView, WARM_UP_HEADER } from '@/lib/screens/warm-up';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Warm-up' };

/** For the process itself, once, before it says that it is ready: see lib/screens/warm-up.ts. To everybody else it is not there. It draws made-up figures of nobody's ledger. */
export default async function WarmUpPage() {
  if (!isWarmUp((await headers()).get(WARM_UP_HEADER))) notFound();
  const { frame, ...retention } = madeUpView(new Date());
  return (
    <ReauthenticateProvider>
      <Frame frame={frame} title="Retention">
        <RetentionTabs />
        <RetentionScreen {...retention} />
      </Frame>
    </ReauthenticateProvider>
  );
}
