'use client';

import Link from 'next/link';
import { type ReactNode, useEffect, useState } from 'react';
import { useStartVerification, useVerification } from '@/components/integrity/use-verification';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { conversationWords } from '@/lib/schema/verdict-words';
import type { VerificationDto } from '@/lib/schema/verification';

interface Props {
  conversationId: string;
  newest: VerificationDto | null;
  /** Numbers of the sender that never arrived. */
  missing: number;
  onRun: (run: VerificationDto) => void;
  /** Further things to do, beside the button. */
  children?: ReactNode;
}

/** Runs a verification of this conversation and says what came of it, beside what the last one said. */
export function VerifyConversation({ conversationId, newest, missing, onRun, children }: Props) {
  const [id, setId] = useState<string | null>(null);
  const start = useStartVerification((run) => setId(run.id));
  const { data } = useVerification(id);
  const allowed = useMay('integrity.run');
  const run = data ?? newest;
  const working = start.isPending || data?.state === 'queued' || data?.state === 'running';
  useEffect(() => {
    if (data?.state === 'done') onRun(data);
  }, [data, onRun]);
  const said = run === null ? null : conversationWords(run, missing);
  return (
    <div className="flex flex-col items-start gap-2">
      {said === null ? (
        <Status tone="pending">This conversation has not been verified on its own</Status>
      ) : (
        <div aria-live="polite">
          <Status tone={said.tone}>{said.words}</Status>
          {run !== null && (
            <p className="mt-0.5 text-xs text-ink-3">
              {run.finished_at !== null && <Time at={run.finished_at} />} by {run.requested_by} ·{' '}
              <Link href={`/integrity/${run.id}`} prefetch={false} className="link">
                the run
              </Link>
            </p>
          )}
        </div>
      )}
      <div className="no-print flex flex-wrap gap-1.5">
        {allowed && (
          <Button
            size="small"
            busy={working}
            onClick={() => start.mutate({ scope: { kind: 'conversation', conversation_id: conversationId } })}
          >
            {working ? 'Verifying…' : run === null ? 'Verify this conversation' : 'Verify again'}
          </Button>
        )}
        {children}
      </div>
      {start.error !== null && <p className="text-xs text-broken">{start.error.message}</p>}
    </div>
  );
}
