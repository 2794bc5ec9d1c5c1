'use client';

import Link from 'next/link';
import { ANCHOR_WORDS, everyWords, targetState, unanchored } from '@/components/proof/anchor-words';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { AnchorKind, AnchorTargetDto } from '@/lib/schema/proofs';

function Target({ target }: { target: AnchorTargetDto }) {
  const state = targetState(target);
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 border-b border-hairline py-1" data-target={target.kind}>
      <span className="min-w-0 flex-1 basis-52">
        <span className="text-ink-3">{ANCHOR_WORDS[target.kind].noun}</span>{' '}
        <span className="font-medium">
          <InertText text={target.name} />
        </span>{' '}
        <span className="text-ink-3">{everyWords(target.every_seconds)}</span>
      </span>
      <Status tone={state.tone}>
        {state.words} {state.at !== null && <Time at={state.at} relative />}
      </Status>
      {target.failures > 0 && target.last_error !== null && (
        <span className="basis-full text-xs text-ink-2">
          <InertText text={target.last_error} />
        </span>
      )}
    </li>
  );
}

const KEPT = 'Every record lies under it: none can change unnoticed, whoever holds this house.';
const TOLD = 'Every record lies under it. What it proves is as good as the copy that the receiver has kept.';
/** What a copy at a place of this kind is worth: one that answers for what it saw, or one that was merely told. */
const PROVES: Record<AnchorKind, string> = { witness: KEPT, timestamp: KEPT, object_lock: KEPT, webhook: TOLD, email: TOLD };

/** The window in which nobody outside could see a rewrite, and the places that close it. @param total records of the ledger */
export function Outside({ targets, total }: { targets: AnchorTargetDto[]; total: string }) {
  const { proof } = useFrame();
  const manages = useMay('proofs.manage');
  const open = unanchored(proof, total);
  const old = proof.alarms.some((alarm) => alarm.kind === 'anchor_old' && alarm.ended_at === null);
  return (
    <div className="text-sm">
      {proof.anchor === null ? (
        <>
          <p className="mb-1 font-serif text-lg">
            <Status tone="attention">
              {targets.length === 0 ? 'No place outside is configured' : 'Nothing has been anchored outside yet'}
            </Status>
          </p>
          <p className="mb-2 text-ink-2">
            Whoever holds application, database and signer together could rewrite this history and nobody could tell. A witness, a
            time-stamp authority or a mailbox of the auditor ends that.
          </p>
        </>
      ) : (
        <>
          <p className="mb-1 font-serif text-lg text-balance">
            <Status tone={old ? 'attention' : 'verified'}>
              {ANCHOR_WORDS[proof.anchor.kind].did} <InertText text={proof.anchor.target} /> <Time at={proof.anchor.anchored_at} relative />
            </Status>
          </p>
          <p className="mb-2 text-ink-2">
            {open === '0'
              ? PROVES[proof.anchor.kind]
              : `The newest ${countOf(open ?? '0', 'record lies', 'records lie')} under no copy outside yet: only whoever holds application, database and signer together could change them unnoticed, until the next one.`}
          </p>
        </>
      )}
      {targets.length > 0 && (
        <ul aria-label="Places outside" className="border-t border-hairline">
          {targets.map((target) => (
            <Target key={target.id} target={target} />
          ))}
        </ul>
      )}
      {manages && (
        <p className="pt-2">
          <Link href="/settings/proofs" prefetch={false} className="link">
            {targets.length === 0 ? 'Add a place outside' : 'Change them'}
          </Link>
        </p>
      )}
    </div>
  );
}
