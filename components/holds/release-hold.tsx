'use client';

import { useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame, useLedgerPath, useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import type { HoldDto } from '@/lib/schema/holds';
import { HeldScope } from './held-scope';
import { WordForm } from './word-form';

type Step = 'ask' | 'confirm' | 'decline';

interface Props {
  hold: HoldDto;
  /** What follows once it is done; the page is asked for anew where that is left out. */
  onDone?: () => void;
  /** The first action of its page. */
  primary?: boolean;
}

/** The next step of a release for who may take it: one person asks, another confirms or declines; whoever asked can only take that back. */
export function ReleaseSteps({ hold, onDone, primary = false }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const { person } = useFrame();
  const releases = useMay('hold.release');
  const [step, setStep] = useState<Step | null>(null);
  const { release_asked: asked } = hold;
  if (!releases || hold.released_at !== null) return null;
  const own = asked?.by === person.email;
  const path = `/api/v1/holds/${hold.id}/release`;
  const form = { onDone, onClose: () => setStep(null) };
  const what = (
    <>
      Hold #{hold.number} for <InertText text={hold.matter} />, on <HeldScope scope={hold.scope} />.
    </>
  );
  return (
    <div className="flex flex-wrap gap-2">
      {asked === null && (
        <Button size={primary ? 'normal' : 'small'} onClick={() => setStep('ask')}>
          Release
        </Button>
      )}
      {asked !== null && !own && (
        <Button {...(primary ? { tone: 'primary' } : { size: 'small' })} onClick={() => setStep('confirm')}>
          Confirm the release
        </Button>
      )}
      {asked !== null && (
        <Button size={primary ? 'normal' : 'small'} tone={primary ? 'plain' : 'quiet'} onClick={() => setStep('decline')}>
          {own ? 'Take the request back' : 'Decline'}
        </Button>
      )}
      {step === 'ask' && (
        <WordForm
          {...form}
          title="Ask for the release of the hold"
          description={
            <>
              {what} It stands until another person confirms the release. Nothing is destroyed by that; what may be destroyed is decided
              anew.
            </>
          }
          action="Ask for the release"
          reason
          send={(reason) => api(at(path), { method: 'POST', body: { reason } })}
        />
      )}
      {step === 'confirm' && asked !== null && (
        <WordForm
          {...form}
          title="Confirm the release of the hold"
          description={
            <>
              {what} <InertText text={asked.by} /> asks for it: “<InertText text={asked.reason} />” From then on it keeps nothing any more;
              what may be destroyed is decided anew. Released, it cannot be put back: another one can be placed.
            </>
          }
          action="Confirm the release"
          reason={false}
          send={() => api(at(`${path}/confirm`), { method: 'POST' })}
        />
      )}
      {step === 'decline' && asked !== null && (
        <WordForm
          {...form}
          title={own ? 'Take the request back' : 'Decline the release of the hold'}
          description={
            <>
              {what} It stands on. The request of <InertText text={asked.by} /> and your reason stay in the access log.
            </>
          }
          action={own ? 'Take it back' : 'Decline'}
          reason
          send={(reason) => api(at(`${path}/decline`), { method: 'POST', body: { reason } })}
        />
      )}
    </div>
  );
}
