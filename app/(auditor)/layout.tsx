import type { ReactNode } from 'react';
import { ReauthenticateProvider } from '@/components/api/reauthenticate';

/** Providers only. Nothing is read here: a layout is not asked again when a page within it changes, so it must not authorise. */
export default function AuditorLayout({ children }: { children: ReactNode }) {
  return <ReauthenticateProvider>{children}</ReauthenticateProvider>;
}
