'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { ArchivedFacts, BodyAbsence } from '@/components/archive/archived-record';
import { ProofMark } from '@/components/proof/proof-mark';
import { ReceiptLink } from '@/components/proof/receipt-link';
import { VerifyHere } from '@/components/proof/verify-here';
import { destroyedBy } from '@/components/retention/destroyed-why';
import { RetentionWhy } from '@/components/retention/why';
import { Fact } from '@/components/ui/fact-list';
import { formatCount } from '@/components/ui/format-count';
import { InertBlock } from '@/components/ui/inert-text';
import { Tabs } from '@/components/ui/tabs';
import { RecordWords } from '@/components/words/part-words';
import { WordsProvider } from '@/components/words/words-context';
import { Reveals } from '@/components/words/words-docket';
import type { RecordDto } from '@/lib/schema/screens';
import { DetailsView, HeaderFacts, RecordFacts } from './record-facts';
import { HashRecipe, SealCheck } from './seal-check';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-rule pt-2 pb-5">
      <h2 className="section-title mb-1.5">{title}</h2>
      {children}
    </section>
  );
}

function Canonical({ record: { canonical, entry } }: { record: RecordDto }) {
  if (canonical === null) return <BodyAbsence entry={entry} />;
  return (
    <div>
      <p className="mb-2 text-sm text-ink-2">
        {canonical.encoding === 'utf8'
          ? 'The stored bytes, exactly, as UTF-8: the only truth about this record. Everything else on this page is read from them.'
          : 'The stored bytes are not valid UTF-8, which no record accepted by this product is. They are shown in base64.'}
      </p>
      <InertBlock text={canonical.text} className="mono rounded border border-hairline bg-leaf p-3 text-xs" />
    </div>
  );
}

/** One record: what it says, what the ledger wrote around it, and whether the two agree. */
export function RecordScreen({ record, narrow = false }: { record: RecordDto; narrow?: boolean }) {
  const { entry, previous, next } = record;
  const neighbours = (
    <Fact name="Beside it">
      {entry.seq !== '0' && (
        <Link className="link" prefetch={false} href={`/records?older=${entry.seq}`}>
          before: #{formatCount(previous?.seq ?? BigInt(entry.seq) - 1n)}
        </Link>
      )}
      {next !== null && (
        <>
          {entry.seq !== '0' && ', '}
          <Link className="link" prefetch={false} href={`/records?newer=${entry.seq}`}>
            after: #{formatCount(next.seq)}
          </Link>
        </>
      )}
    </Fact>
  );
  const said = (
    <>
      <Section title="What was recorded">
        {entry.body === null ? (
          <div className="text-sm">
            <BodyAbsence entry={entry} />
          </div>
        ) : (
          <RecordFacts body={entry.body} />
        )}
      </Section>
      {record.words.parts.length > 0 && (
        <Section title="Words">
          <RecordWords entry={entry} />
          <div className="mt-2">
            <Reveals words={record.words} />
          </div>
        </Section>
      )}
      {entry.body !== null && (
        <Section title="Details">
          <DetailsView body={entry.body} />
        </Section>
      )}
    </>
  );
  const sealed = (
    <>
      <Section title="Seal">
        <SealCheck record={record} />
      </Section>
      {entry.archived !== undefined && (
        <Section title="From the archive">
          <ArchivedFacts archived={entry.archived} />
        </Section>
      )}
      <Section title="Retention">
        <RetentionWhy
          decision={record.retention}
          of="record"
          destroyed={{ by: destroyedBy([entry]), all: entry.destroyed !== undefined, paged: false }}
        />
      </Section>
      <Section title="Proof">
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <ProofMark seq={entry.seq} />
          <ReceiptLink id={entry.id} seq={entry.seq} />
        </div>
      </Section>
      <Section title="What the ledger wrote">
        <HeaderFacts entry={entry} extra={neighbours} />
      </Section>
    </>
  );
  if (narrow) {
    return (
      <WordsProvider dto={record.words}>
        {said}
        {sealed}
        <Section title="Verify here">
          <VerifyHere id={entry.id} />
        </Section>
      </WordsProvider>
    );
  }
  return (
    <WordsProvider dto={record.words}>
      <div className="flex max-w-[1120px] flex-col gap-4">
        <div className="grid gap-x-12 lg:grid-cols-2">
          <div>{said}</div>
          <div>{sealed}</div>
        </div>
        <Tabs
          label="Under the record"
          tabs={[
            { value: 'verify', label: 'Verify here', content: <VerifyHere id={entry.id} /> },
            { value: 'hash', label: 'How the hash is computed', content: <HashRecipe record={record} /> },
            { value: 'bytes', label: 'Stored bytes', content: <Canonical record={record} /> },
          ]}
        />
      </div>
    </WordsProvider>
  );
}
