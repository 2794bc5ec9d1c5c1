'use client';

import Link from 'next/link';
import { useCallback, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { Status, type Tone } from '@/components/ui/status';
import type { RecordVerdict } from '@/lib/chain/verify-record';
import type { ConversationProofDto, SignerKeyDto } from '@/lib/schema/proofs';
import { StepsList } from './steps-list';
import { TrustedKeys } from './trusted-keys';
import type { VerifiedConversation, VerifiedRecord } from './verify-conversation';
import { verdictOfConversation } from './verify-conversation-words';

const MARKS: Record<RecordVerdict['verdict'], { tone: Tone; words: string }> = {
  valid: { tone: 'verified', words: 'proven' },
  tampered: { tone: 'broken', words: 'not what was signed' },
  cannot_verify: { tone: 'pending', words: 'not proven' },
};

function Row({ record }: { record: VerifiedRecord }) {
  const { verdict, steps } = record.result;
  const [open, setOpen] = useState(verdict === 'tampered');
  return (
    <li data-record={record.seq} data-verdict={verdict} className="border-b border-hairline">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="grid min-h-7 list-none grid-cols-[48px_88px_minmax(0,1fr)_16px] items-center gap-2 text-sm hover:bg-sunk [&::-webkit-details-marker]:hidden">
          <span className="tnum text-right text-ink-3">{formatCount(record.number)}</span>
          <span className="tnum">#{formatCount(record.seq)}</span>
          <Status tone={MARKS[verdict].tone}>{MARKS[verdict].words}</Status>
          <span aria-hidden className="text-ink-3">
            {open ? '−' : '+'}
          </span>
        </summary>
        {open && (
          <div className="pb-3 pl-3 sm:pl-14">
            <StepsList steps={steps} />
            <p className="pt-1 text-xs">
              <Link href={`/records/${record.id}`} prefetch={false} className="link">
                The record
              </Link>
            </p>
          </div>
        )}
      </details>
    </li>
  );
}

/** A conversation verified where the reader sits: every record by its own steps, and that none is missing among them. */
export function VerifyConversationHere({ conversationId, count }: { conversationId: string; count: number }) {
  const api = useApi();
  const at = useLedgerPath();
  const [proof, setProof] = useState<ConversationProofDto | null>(null);
  const [found, setFound] = useState<VerifiedConversation | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [own, setOwn] = useState<SignerKeyDto[] | null>(null);

  const run = useCallback(async (ask: () => Promise<ConversationProofDto>, keys: SignerKeyDto[] | null) => {
    setError(null);
    setDone(0);
    try {
      const answer = await ask();
      setProof(answer);
      const { verifyConversation } = await import('./verify-conversation');
      setFound(await verifyConversation(answer, keys, setDone));
    } catch (fault) {
      setError(fault instanceof Error ? fault.message : 'The proofs could not be read.');
    } finally {
      setDone(null);
    }
  }, []);
  const start = () =>
    void run(() => api<ConversationProofDto>(at(`/api/v1/conversations/${encodeURIComponent(conversationId)}/proof`)), own);
  const withKeys = (keys: SignerKeyDto[] | null) => {
    setOwn(keys);
    if (proof !== null) void run(() => Promise.resolve(proof), keys);
  };
  const said = found === null ? null : verdictOfConversation(found);
  const working = done !== null;
  return (
    <section id="verify-here" aria-label="Verify here" className="scroll-mt-4 border-t border-rule pt-2">
      <h2 className="section-title mb-1">Verify here</h2>
      <div className="flex flex-col gap-2">
        {said === null && (
          <p className="max-w-[72ch] text-sm text-ink-2">
            Your browser asks for the stored bytes of every record, their paths through the tree and the signed checkpoint, and computes all
            hashes and checks all signatures itself. It also checks that the records are numbered without a hole.
          </p>
        )}
        <div aria-live="polite">
          {said !== null && !working && (
            <p className="font-serif text-lg text-balance" data-conversation-verdict={said.tone}>
              <Status tone={said.tone}>{said.words}</Status>
            </p>
          )}
          {error !== null && (
            <p role="alert" className="text-sm text-broken">
              {error}
            </p>
          )}
        </div>
        {found !== null && <TrustedKeys own={own} onChange={withKeys} />}
        <div className="no-print flex items-center gap-3">
          <Button size={found === null ? 'normal' : 'small'} busy={working} onClick={start}>
            {working ? 'Verifying…' : found === null ? 'Verify here' : 'Verify again'}
          </Button>
          {working && (
            <span className="tnum text-xs text-ink-3">
              {formatCount(done)} of {formatCount(count)} records
            </span>
          )}
        </div>
        {found !== null && !working && (
          <ol aria-label="Records" className="border-t border-rule">
            {found.records.map((record) => (
              <Row key={record.seq} record={record} />
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}
