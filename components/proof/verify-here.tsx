'use client';

import { Button } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { StepsList } from './steps-list';
import { TrustedKeys } from './trusted-keys';
import { useVerifyHere } from './use-verify-here';
import { verdictOfRecord } from './verify-words';

/** One record verified where the reader sits: verdict, what it rests on, and each step with its bytes. */
export function VerifyHere({ id }: { id: string }) {
  const { state, verified, error, own, start, withKeys } = useVerifyHere(id);
  const said = verified === null ? null : verdictOfRecord(verified.proof, verified.result);
  return (
    <section aria-label="Verify here" className="flex flex-col gap-2">
      {verified === null && (
        <p className="max-w-[72ch] text-sm text-ink-2">
          Your browser asks for the stored bytes, the path through the tree and the signed checkpoint, and computes every hash and checks
          every signature itself. You see each step.
        </p>
      )}
      <div aria-live="polite">
        {said !== null && (
          <p className="font-serif text-lg text-balance" data-verdict={verified?.result.verdict}>
            <Status tone={said.tone}>
              <InertText text={said.words} />
            </Status>
          </p>
        )}
        {error !== null && (
          <p role="alert" className="text-sm text-broken">
            {error}
          </p>
        )}
      </div>
      {verified !== null && <TrustedKeys own={own} onChange={withKeys} />}
      <div className="no-print">
        <Button size={verified === null ? 'normal' : 'small'} busy={state === 'working'} onClick={start}>
          {state === 'working' ? 'Verifying…' : verified === null ? 'Verify here' : 'Verify again'}
        </Button>
      </div>
      {verified !== null && <StepsList key={verified.result.steps.length} steps={verified.result.steps} />}
    </section>
  );
}
