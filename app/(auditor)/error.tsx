'use client';

import { ErrorScreen } from '@/components/shell/error-screen';

function digestOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('digest' in error)) return null;
  return typeof error.digest === 'string' ? error.digest : null;
}

export default function AuditorError({ error, retry }: { error: unknown; retry: () => void }) {
  return <ErrorScreen digest={digestOf(error)} onRetry={retry} />;
}
