import { headers } from 'next/headers';
import { ArrivalScreen } from '@/components/sign-in/arrival-screen';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'From another site' };

/** Shown by proxy.ts under the address that a link of another site named. It reads nothing and records nothing. */
export default async function ArrivalPage() {
  return <ArrivalScreen target={(await headers()).get('x-holdfast-path')} />;
}
