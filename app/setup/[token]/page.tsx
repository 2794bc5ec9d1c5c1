import { SetupScreen } from '@/components/setup/setup-screen';
import { OneLeaf } from '@/components/sign-in/one-leaf';
import { isRefusal } from '@/lib/schema/errors';
import { viewSetup } from '@/lib/screens/complete-setup';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Set up' };

export default async function SetupPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await viewSetup(token).catch((error: unknown) => {
    if (isRefusal(error)) return null;
    throw error;
  });
  if (link === null) {
    return (
      <OneLeaf title="This link opens nothing" lead="It has been used, has run out or never was. Ask an administrator for another.">
        <a className="link" href="/sign-in">
          Sign in
        </a>
      </OneLeaf>
    );
  }
  return <SetupScreen token={token} {...link} />;
}
