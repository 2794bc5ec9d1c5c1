'use client';

import Link from 'next/link';
import { useState } from 'react';
import { useMay } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button, buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Section } from '@/components/ui/section';
import type { DestructionPageDto, DueDto } from '@/lib/schema/destruction';
import { DueList } from './due-list';
import { type Draft, RequestDialog } from './request-dialog';
import { RequestsList } from './requests-list';

interface Props {
  due: DueDto;
  destructions: DestructionPageDto;
  policies: { code: string; title: string }[];
  refused: boolean;
}

const OPEN = new Set(['requested', 'approved', 'running', 'failed']);

/** What is past its life, what was asked for, and what was done: nothing here goes by itself, or by one person. */
export function DestructionScreen({ due, destructions, policies, refused }: Props) {
  const may = useMay('destruction.request');
  const [draft, setDraft] = useState<Partial<Draft> | null>(null);
  const open = destructions.rows.filter(({ state }) => OPEN.has(state));
  const over = destructions.rows.filter(({ state }) => !OPEN.has(state));
  if (refused)
    return (
      <Absence kind="nothing_recorded" title="Nothing of this ledger is ever destroyed">
        The access ledger is the record of what was done, destructions among it. Choose a ledger of agents to see what of it is due.
      </Absence>
    );
  return (
    <div className="flex max-w-[1240px] flex-col gap-7">
      <p className="max-w-[76ch] text-sm text-ink-2">
        Records that are past their minimum and under no hold can be destroyed: asked for by one compliance officer, approved by another,
        and told in a certificate that the ledger’s key signs. Entries and seals stay, so that the ledger still verifies.
      </p>
      {open.length > 0 && (
        <Section title="Waiting and under way">
          <RequestsList rows={open} />
        </Section>
      )}
      <Section
        title="Past its minimum"
        action={
          may ? (
            <Button size="small" className="no-print" onClick={() => setDraft({})}>
              Ask for something else…
            </Button>
          ) : undefined
        }
      >
        <p className="mb-3 max-w-[76ch] text-sm" data-due-say>
          <InertText text={due.say} />
          {!due.complete && <span className="text-ink-3"> Still being counted; the sums change.</span>}
        </p>
        <DueList due={due} onAsk={(value, until) => setDraft({ kind: 'policy', value, until })} />
      </Section>
      <Section title="Destroyed, declined, withdrawn">
        {over.length === 0 ? (
          <Absence kind="nothing_recorded" title="Nothing was destroyed">
            When a destruction has been carried out, its certificate stands here.
          </Absence>
        ) : (
          <RequestsList rows={over} />
        )}
        {destructions.next_before !== null && (
          <p className="no-print mt-3">
            <Link
              href={`/retention/destruction?before=${destructions.next_before}`}
              prefetch={false}
              className={buttonClass('plain', 'small')}
            >
              Older ones
            </Link>
          </p>
        )}
      </Section>
      {draft !== null && <RequestDialog draft={draft} policies={policies} onClose={() => setDraft(null)} />}
    </div>
  );
}
