'use client';

import Link from 'next/link';
import { useMemo, useState } from 'react';
import { ArchivedLine } from '@/components/archive/archived-record';
import { ExportButton } from '@/components/exports/export-dialog';
import { ProofMark } from '@/components/proof/proof-mark';
import { VerifyConversationHere } from '@/components/proof/verify-conversation-here';
import { destroyedBy } from '@/components/retention/destroyed-why';
import { RetentionWhy } from '@/components/retention/why';
import { useFrame } from '@/components/shell/frame-context';
import { buttonClass } from '@/components/ui/button';
import { useClock } from '@/components/ui/clock';
import { countOf } from '@/components/ui/format-count';
import { timeParts } from '@/components/ui/format-time';
import { WordsBar } from '@/components/words/words-bar';
import { WordsProvider } from '@/components/words/words-context';
import { Keeping, Reveals } from '@/components/words/words-docket';
import type { ConversationDto } from '@/lib/schema/screens';
import type { VerificationDto } from '@/lib/schema/verification';
import { buildTranscript, completeness } from './build-transcript';
import { AtStart, DocketSection, Facts, Grants, Viewers } from './docket';
import { ProofProvider } from './proof-context';
import { Transcript } from './transcript';
import { VerifyConversation } from './verify-button';

/** One conversation replayed: the transcript, and beside it the docket. */
export function ConversationScreen({ conversation }: { conversation: ConversationDto }) {
  const { integrity } = useFrame();
  const clock = useClock();
  const [fresh, setFresh] = useState<VerificationDto | null>(null);
  const rows = useMemo(() => buildTranscript(conversation), [conversation]);
  const complete = completeness(conversation, rows.filter((row) => row.kind === 'hole').length);
  const verification = fresh ?? conversation.verification;
  const { summary } = conversation;
  const opened = timeParts(summary.first_at, clock?.zone ?? 'UTC');
  return (
    <WordsProvider dto={conversation.words}>
      <ProofProvider verification={verification} integrity={integrity}>
        <div className="grid gap-x-10 gap-y-6 xl:grid-cols-[minmax(0,1fr)_300px] print:block">
          <aside
            aria-label="Docket"
            className="order-first xl:order-last xl:sticky xl:top-4 xl:max-h-[calc(100dvh-32px)] xl:self-start xl:overflow-y-auto"
            data-sticky
          >
            <div className="grid gap-x-8 md:grid-cols-2 xl:block">
              <DocketSection title="This conversation">
                <Facts dto={conversation} complete={complete} />
              </DocketSection>
              <DocketSection title="Proof">
                <div className="flex flex-col gap-2">
                  <ProofMark seq={summary.last_seq} several />
                  <VerifyConversation
                    conversationId={summary.conversation_id}
                    newest={verification}
                    missing={summary.missing}
                    onRun={setFresh}
                  >
                    <a href="#verify-here" className={buttonClass('plain', 'small')}>
                      Verify here
                    </a>
                    <ExportButton
                      scope={{ kind: 'conversation', conversation_id: summary.conversation_id }}
                      count={countOf(summary.record_count, 'record', 'records')}
                    />
                  </VerifyConversation>
                </div>
              </DocketSection>
              <DocketSection title="In force when it opened">
                <AtStart dto={conversation} />
              </DocketSection>
              <DocketSection title="Access it was given">
                <Grants grants={conversation.grants} />
              </DocketSection>
              {(conversation.retention !== null || conversation.entries[0]?.conversation_seq === '1') && (
                <DocketSection title="Retention">
                  <RetentionWhy
                    decision={conversation.retention}
                    of="conversation"
                    destroyed={{
                      by: destroyedBy(conversation.entries),
                      all: (summary.destroyed ?? 0) >= summary.record_count,
                      paged: conversation.next_after !== null,
                    }}
                  />
                </DocketSection>
              )}
              <DocketSection title="Who was shown the words">
                <Reveals words={conversation.words} />
              </DocketSection>
              <DocketSection title="Kept and destroyed">
                <Keeping words={conversation.words} conversationId={summary.conversation_id} />
              </DocketSection>
              <DocketSection title="Who else viewed it">
                <Viewers viewed={conversation.viewed_by} />
              </DocketSection>
            </div>
          </aside>
          <div className="min-w-0 max-w-[920px]">
            <ArchivedLine entries={conversation.entries} />
            <WordsBar conversationId={summary.conversation_id} destroyed={summary.destroyed} />
            <Transcript rows={rows} day={opened?.day ?? null} />
            {conversation.next_after !== null && (
              <p className="no-print py-4">
                <Link
                  href={`/conversations/${encodeURIComponent(summary.conversation_id)}?after=${conversation.next_after}`}
                  prefetch={false}
                  className={buttonClass()}
                >
                  Read on
                </Link>
              </p>
            )}
            <div className="pt-7">
              <VerifyConversationHere conversationId={summary.conversation_id} count={summary.record_count} />
            </div>
          </div>
        </div>
      </ProofProvider>
    </WordsProvider>
  );
}
