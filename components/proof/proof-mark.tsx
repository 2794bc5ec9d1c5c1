'use client';

import { useFrame } from '@/components/shell/frame-context';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { ANCHOR_WORDS } from './anchor-words';
import { coverageOf } from './coverage';

/** Whether the newest checkpoint covers a position, and whether a copy outside does. @param seq of the record, or of the last of some */
export function ProofMark({ seq, several = false }: { seq: string; several?: boolean }) {
  const { proof } = useFrame();
  const said = coverageOf(proof, seq);
  const it = several ? 'them' : 'it';
  return (
    <div className="text-sm" data-covered={said.covered}>
      <Status tone={said.tone}>
        <span className={said.covered ? 'text-ink' : undefined}>{said.words}</span>
        {said.covered && proof.checkpoint !== null && (
          <span className="text-ink-3">
            , signed <Time at={proof.checkpoint.signed_at} relative />
          </span>
        )}
      </Status>
      {said.covered && (
        <p className="pl-[19px] text-xs text-ink-3">
          {said.anchored && proof.anchor !== null ? (
            <>
              {ANCHOR_WORDS[proof.anchor.kind].did} <InertText text={proof.anchor.target} /> <Time at={proof.anchor.anchored_at} relative />
            </>
          ) : (
            `No copy outside covers ${it} yet`
          )}
        </p>
      )}
    </div>
  );
}
