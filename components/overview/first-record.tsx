'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useSyncExternalStore } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame, useLedgerPath, useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Status } from '@/components/ui/status';
import { Tabs } from '@/components/ui/tabs';
import type { HeadDto } from '@/lib/schema/screens';

interface Props {
  agentName?: string;
  /** Shown in the examples where it is known: a key is shown only once, when it is issued. */
  ingestKey?: string | null;
}

interface Filled {
  url: string;
  agentName: string;
  ingestKey: string | null;
}

const noChange = () => () => {};

function curlExample({ url, agentName, ingestKey }: Filled): string {
  return `curl ${url}/api/v1/records \\
  -H 'authorization: Bearer ${ingestKey ?? 'YOUR_INGEST_KEY'}' \\
  -H 'content-type: application/json' \\
  -d '{
    "id": "'"$(uuidgen | tr A-Z a-z)"'",
    "timestamp": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'",
    "action": "conversation_started",
    "actor_id": "${agentName}",
    "actor_type": "agent",
    "agent_name": "${agentName}",
    "conversation_id": "first-conversation",
    "data_classification": "internal"
  }'`;
}

function sdkExample({ url, agentName, ingestKey }: Filled): string {
  return `import { createAuditClient } from '@holdfast/sdk';

const audit = createAuditClient({
  url: '${url}',
  key: '${ingestKey ?? 'YOUR_INGEST_KEY'}',
  agentName: '${agentName}',
});

const conversation = audit.conversation({ userId: 'user-1', classification: 'internal' });
conversation.started();
conversation.ended({ reason: 'done' });
await audit.close();`;
}

function Example({ text }: { text: string }) {
  return (
    <div className="relative">
      <ScrollRegion label="Example">
        <pre className="w-max min-w-full rounded border border-hairline bg-leaf p-4 pr-24 text-xs leading-5">{text}</pre>
      </ScrollRegion>
      <CopyButton text={text} label="Copy the example" words className="absolute top-3 right-3 bg-leaf" />
    </div>
  );
}

/** The ledger is empty: three ways in, and a watch for the first record. */
export function FirstRecord({ agentName = 'my-agent', ingestKey = null }: Props) {
  // The address by which this browser reached us is the one that an agent near it can use.
  const url = useSyncExternalStore(
    noChange,
    () => window.location.origin,
    () => 'https://this-installation',
  );
  const filled = { url, agentName, ingestKey };
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const { ledger } = useFrame();
  const manages = useMay('keys.manage');
  const { data } = useQuery({
    queryKey: ['head', ledger.id],
    queryFn: ({ signal }) => api<HeadDto>(at(`/api/v1/ledgers/${encodeURIComponent(ledger.id)}/head`), { signal }),
    // Each asking is an entry of the access ledger and a sign of life: a page that was left open falls silent, and asks again when it is looked at.
    refetchInterval: (query) => (query.state.data?.head || query.state.dataUpdateCount >= 60 ? false : 3000),
    refetchOnMount: true,
    refetchOnWindowFocus: (query) => !query.state.data?.head,
  });
  const head = data?.head ?? null;
  return (
    <div className="flex max-w-[820px] flex-col gap-5">
      <p aria-live="polite" className="font-serif text-xl">
        {head === null ? (
          <Status tone="waiting">Nothing recorded yet. Waiting for the first record.</Status>
        ) : (
          <Status tone="verified">The first record has arrived: #{formatCount(head.seq)}.</Status>
        )}
      </p>
      {head !== null && (
        <div className="flex flex-wrap items-center gap-4">
          <Hash value={head.integrity_hash} label="integrity hash" />
          <Button tone="primary" onClick={() => router.refresh()}>
            Show the overview
          </Button>
        </div>
      )}
      {ingestKey === null && (
        <p className="text-sm text-ink-2">
          Agents write with an ingest key, which is shown once when it is issued.{' '}
          {manages ? (
            <Link href="/settings/keys" prefetch={false} className="link">
              Issue a key
            </Link>
          ) : (
            'An administrator of this ledger issues it.'
          )}
        </p>
      )}
      <Tabs
        label="Ways in"
        tabs={[
          { value: 'curl', label: 'curl', content: <Example text={curlExample(filled)} /> },
          { value: 'sdk', label: 'SDK', content: <Example text={sdkExample(filled)} /> },
          {
            value: 'otel',
            label: 'OpenTelemetry',
            content: (
              <p className="max-w-[70ch] text-sm text-ink-2">
                Not available yet: this installation does not take OTLP spans. Until it does, send records by the API or the SDK.
              </p>
            ),
          },
        ]}
      />
    </div>
  );
}
