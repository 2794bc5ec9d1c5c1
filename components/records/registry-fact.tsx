'use client';

import Link from 'next/link';
import { Fact } from '@/components/ui/fact-list';
import { InertText } from '@/components/ui/inert-text';
import type { RecordBody } from '@/lib/schema/screens';

/** What the registry made of a record when it came in, as the record itself says. Nothing where it made nothing of it. */
export function RegistryFact({ body }: { body: RecordBody }) {
  const mark = body.details?.registry as { version?: unknown; entry?: unknown; data_source?: unknown; claimed?: unknown } | undefined;
  if (typeof mark !== 'object' || mark === null || typeof mark.version !== 'number') return null;
  const cause = body.details?.derived_from;
  const claimed = mark.claimed as { data_classification?: unknown; domains?: unknown } | undefined;
  const domains = Array.isArray(claimed?.domains) ? claimed.domains.filter((each) => typeof each === 'string') : [];
  return (
    <>
      {typeof cause === 'string' && (
        <Fact name="Derived from">
          <Link className="link" prefetch={false} href={`/records/${encodeURIComponent(cause)}`}>
            the call of the tool
          </Link>
          <span className="text-ink-3">; its sender sent no record of this</span>
        </Fact>
      )}
      <Fact name="Registry">
        <Link className="link" prefetch={false} href={mark.version === 0 ? '/registry' : `/registry?version=${mark.version}`}>
          version {mark.version}
        </Link>
        ,{' '}
        {typeof mark.entry === 'string' ? (
          <>
            entry <InertText text={mark.entry} />
          </>
        ) : (
          'no entry: restricted until it is mapped'
        )}
        {typeof mark.data_source === 'string' && (
          <>
            , data source <InertText text={mark.data_source} />
          </>
        )}
        {typeof claimed?.data_classification === 'string' && (
          <span className="text-ink-3">
            ; the sender wrote <InertText text={[claimed.data_classification, ...domains].join(', ')} />
          </span>
        )}
      </Fact>
    </>
  );
}
