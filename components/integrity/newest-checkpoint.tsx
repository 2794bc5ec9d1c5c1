'use client';

import type { ReactNode } from 'react';
import { ANCHOR_WORDS, anchorsByKind } from '@/components/proof/anchor-words';
import { KEY_KINDS, keyIdOf, noteSigners } from '@/components/proof/note-keys';
import { CopyButton } from '@/components/ui/copy-button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { AnchorDto, CheckpointDto, ProofsDto, SignerKeyDto } from '@/lib/schema/proofs';

function Signers({ note, keys }: { note: string; keys: SignerKeyDto[] }) {
  const own = noteSigners(note, keys).flatMap(({ key }) => (key === null ? [] : [key]));
  if (own.length === 0) return <Status tone="attention">no key that this page knows</Status>;
  return (
    <>
      {own.map((key, index) => (
        <span key={key.vkey}>
          {index > 0 && ' and '}
          {KEY_KINDS[key.kind]} <code className="mono text-ink-3">{keyIdOf(key.vkey)}</code>
        </span>
      ))}
    </>
  );
}

function AnchorList({ anchors }: { anchors: AnchorDto[] }) {
  return (
    <>
      {anchors.map((anchor) => (
        <span key={`${anchor.target} ${anchor.anchored_at}`} className="block">
          <InertText text={anchor.target} />{' '}
          <span className="text-ink-3">
            <Time at={anchor.anchored_at} />
          </span>
        </span>
      ))}
    </>
  );
}

/** What a checkpoint says, who signed it, and where copies of it lie. */
export function CheckpointFacts({ checkpoint, keys, more }: { checkpoint: CheckpointDto; keys: SignerKeyDto[]; more?: ReactNode }) {
  const { note } = checkpoint;
  const kinds = anchorsByKind(checkpoint.anchors);
  return (
    <FactList>
      <Fact name="Covers">
        {checkpoint.size === '0'
          ? 'no record: the ledger was empty'
          : `${countOf(checkpoint.size, 'record', 'records')}, to #${formatCount(BigInt(checkpoint.size) - 1n)}`}
      </Fact>
      <Fact name="Root">
        <Hash value={checkpoint.root} label="root hash" />
      </Fact>
      <Fact name="Signed">
        <Time at={checkpoint.signed_at} />
      </Fact>
      <Fact name="By">
        <Signers note={note} keys={keys} />
      </Fact>
      {kinds.map(([kind, anchors]) => (
        <Fact key={kind} name={ANCHOR_WORDS[kind].did}>
          <AnchorList anchors={anchors} />
        </Fact>
      ))}
      {kinds.length === 0 && (
        <Fact name="Outside">
          <span className="text-ink-3">no copy of this one yet</span>
        </Fact>
      )}
      {more}
      <Fact name="Signed note">
        <details>
          <summary className="link w-fit list-none [&::-webkit-details-marker]:hidden">Show or hide</summary>
          <pre className="mono mt-1 max-h-56 overflow-auto rounded border border-hairline bg-leaf p-2 text-xs break-all whitespace-pre-wrap">
            <InertText text={note} />
          </pre>
          <CopyButton text={note} label="Copy the signed note" words className="mt-1" />
        </details>
      </Fact>
    </FactList>
  );
}

/** How far the ledger is signed: the newest checkpoint, and what has come since. */
export function NewestCheckpoint({ checkpoint, proofs, total }: { checkpoint: CheckpointDto | null; proofs: ProofsDto; total: string }) {
  if (checkpoint === null) {
    return (
      <p className="text-sm text-ink-2">
        No checkpoint yet. The signer makes the first one within seconds of starting; until then no record can be proven to anyone outside.
      </p>
    );
  }
  const since = BigInt(total) - BigInt(checkpoint.size);
  return (
    <>
      <p className="mb-2 font-serif text-lg text-balance">
        Checkpoint {formatCount(checkpoint.number)}
        {since > 0n && <span className="text-ink-2">; {countOf(since.toString(), 'record has', 'records have')} come since</span>}
      </p>
      <CheckpointFacts
        checkpoint={checkpoint}
        keys={proofs.keys}
        more={
          proofs.targets.some((target) => target.kind === 'witness' && target.enabled) && (
            <Fact name="Quorum">
              {checkpoint.witnessed ? (
                <Status tone="verified">{countOf(proofs.settings.witness_quorum, 'witness', 'witnesses')}, as the policy asks</Status>
              ) : (
                <Status tone="waiting">
                  waits for {countOf(proofs.settings.witness_quorum, 'witness', 'witnesses')}, as the policy asks
                </Status>
              )}
            </Fact>
          )
        }
      />
    </>
  );
}
