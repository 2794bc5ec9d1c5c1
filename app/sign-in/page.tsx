import { SignInScreen } from '@/components/sign-in/sign-in-screen';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Sign in' };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const { then, error } = await searchParams;
  const one = (value: string | string[] | undefined) => (typeof value === 'string' ? value : null);
  return <SignInScreen target={one(then)} error={one(error)} />;
}
