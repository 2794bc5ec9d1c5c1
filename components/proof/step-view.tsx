'use client';

import { useState } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Status, type Tone } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { fromHex } from '@/lib/chain/bytes';
import type { RecordStep } from '@/lib/chain/record-step';
import { partWords, stepWords } from './step-words';

const TONES: Record<RecordStep['outcome'], Tone> = { passed: 'verified', failed: 'broken', not_checked: 'pending' };
/** What is shown of a long preimage; copying gives all of it. */
const SHOWN = 4_000;

function textOf(hex: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fromHex(hex));
  } catch {
    return null;
  }
}

function Parts({ step }: { step: RecordStep }) {
  return (
    <dl className="grid gap-x-4 sm:grid-cols-[132px_minmax(0,1fr)]">
      {step.parts.map((part) => {
        const { name, meaning } = partWords(part);
        return (
          <div key={part.name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="mono min-w-0 break-all">
              {part.hex}
              {meaning !== null && <span className="text-ink-3"> · {meaning}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Bytes that are hashed or signed: as text where they are text, else in hex. */
function Bytes({ hex }: { hex: string }) {
  const text = textOf(hex);
  const shown = text ?? hex;
  return (
    <div className="mono max-h-52 overflow-y-auto rounded border border-hairline bg-leaf p-2 text-xs break-all whitespace-pre-wrap">
      <InertText text={shown.length > SHOWN ? shown.slice(0, SHOWN) : shown} />
      {shown.length > SHOWN && (
        <span className="text-ink-3"> … {formatCount(shown.length - SHOWN)} more characters; copy has them all</span>
      )}
    </div>
  );
}

/** What is compared: ids are text in hex, everything else is a digest. */
function Compared({ label, value, text }: { label: string; value: string; text: boolean }) {
  const words = text ? (textOf(value) ?? value) : value;
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 break-all">
        {text ? (
          <code className="mono">{words === '' ? 'none' : <InertText text={words} />}</code>
        ) : (
          <Hash value={words} label={label} whole />
        )}
      </dd>
    </>
  );
}

function Detail({ step }: { step: RecordStep }) {
  const text = step.name === 'record_id';
  return (
    <div className="flex flex-col gap-1.5 pt-1 pb-2 pl-5 text-sm">
      <p className="text-xs text-ink-3">{stepWords(step).how}</p>
      {step.parts.length > 0 ? <Parts step={step} /> : step.preimage !== '' && <Bytes hex={step.preimage} />}
      <dl className="grid gap-x-4 sm:grid-cols-[132px_minmax(0,1fr)]">
        {step.signer !== undefined && (
          <>
            <dt className="text-ink-3">Key</dt>
            <dd className="mono break-all">
              <InertText text={`${step.signer.name}+${step.signer.key_id}`} />
            </dd>
            {step.signer.signed_at !== null && (
              <>
                <dt className="text-ink-3">Signed</dt>
                <dd>
                  <Time at={step.signer.signed_at} />
                </dd>
              </>
            )}
            <dt className="text-ink-3">Signature</dt>
            <dd className="flex min-w-0 items-center gap-1">
              <code className="mono">{formatCount(step.signer.signature.length / 2)} bytes</code>
              <CopyButton text={step.signer.signature} label="Copy the signature in hex" />
            </dd>
          </>
        )}
        {step.hash !== '' && (
          <Compared label={step.signer !== undefined ? 'SHA-256 of them' : text ? 'Found' : 'Computed'} value={step.hash} text={text} />
        )}
        {step.expected !== null && <Compared label={step.name === 'root' ? 'Signed' : 'Stands there'} value={step.expected} text={text} />}
      </dl>
      {step.preimage !== '' && (
        <p className="flex items-center gap-1 text-xs text-ink-3">
          <CopyButton text={step.preimage} label="Copy the bytes in hex" words /> the bytes in hex, for{' '}
          <code className="mono">xxd -r -p | sha256sum</code>
        </p>
      )}
    </div>
  );
}

/** One step: what was found, and behind it what was computed from which bytes. One that failed stands open. */
export function StepView({ step, open }: { step: RecordStep; open: boolean }) {
  const [shown, setShown] = useState(open || step.outcome === 'failed');
  const { title } = stepWords(step);
  return (
    <li data-step={step.name} data-outcome={step.outcome} className="border-b border-hairline">
      <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
        <summary className="flex min-h-7 list-none items-center gap-2 py-0.5 text-sm marker:hidden hover:bg-sunk [&::-webkit-details-marker]:hidden">
          <Status tone={TONES[step.outcome]} className="min-w-0 flex-1">
            <InertText text={title} className={step.outcome === 'failed' ? 'font-medium' : 'text-ink'} />
          </Status>
          {step.hash !== '' && step.name !== 'record_id' && (
            <code className="mono text-xs text-ink-3 max-sm:hidden">{step.hash.slice(0, 16)}…</code>
          )}
          <span aria-hidden className="w-4 text-center text-ink-3">
            {shown ? '−' : '+'}
          </span>
        </summary>
        {shown && <Detail step={step} />}
      </details>
    </li>
  );
}
