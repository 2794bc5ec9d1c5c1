'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame, useLedgerPath } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { useToast } from '@/components/ui/toast';
import type { KeyRow } from '@/lib/schema/screens';
import { ConfirmDialog } from './confirm-dialog';
import { IssueKey } from './issue-key';
import { SecretDialog } from './secret-dialog';
import { SettingsTable } from './settings-table';

interface Props {
  keys: KeyRow[];
  may_manage: boolean;
  kinds: ('ingest' | 'read')[];
  /** Agents that keys were made for, to choose from. */
  agents: string[];
}

function keyState(key: KeyRow, now: string) {
  if (key.revoked_at !== null) return { tone: 'pending' as const, words: 'Revoked', at: key.revoked_at };
  if (key.expires_at !== null && key.expires_at <= now) return { tone: 'pending' as const, words: 'Expired', at: key.expires_at };
  if (key.expires_at !== null && Date.parse(key.expires_at) - Date.parse(now) < 30 * 86_400_000)
    return { tone: 'attention' as const, words: 'Expires', at: key.expires_at };
  return { tone: 'plain' as const, words: key.expires_at === null ? 'Active, no expiry' : 'Active until', at: key.expires_at };
}

/** Keys by which agents write and programs read. */
export function KeysScreen({ keys, may_manage: manages, kinds, agents }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const { now, ledger } = useFrame();
  const [issued, setIssued] = useState<{ key: KeyRow; secret: string } | null>(null);
  const [ending, setEnding] = useState<KeyRow | null>(null);
  const revoke = useMutation({
    mutationFn: (key: KeyRow) =>
      api<KeyRow>(at(`/api/v1/settings/keys/${encodeURIComponent(key.id)}/revoke`), { method: 'POST', body: {} }),
    onSuccess: (_answer, key) => {
      setEnding(null);
      toast(`Key “${key.name}” is revoked`, 'It works no longer; within five seconds everywhere.');
      router.refresh();
    },
  });
  return (
    <div className="flex max-w-[1240px] flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-[72ch] text-sm text-ink-2">
          An ingest key writes records to {ledger.name} under the agent names that it is bound to. A read key reads through the API; every
          read is recorded under its name.
        </p>
        {manages && <IssueKey kinds={kinds} agents={agents} onIssued={setIssued} />}
      </div>
      {keys.length === 0 ? (
        <Absence kind="nothing_recorded" title="No keys yet">
          Until one is issued, no agent can write to this ledger.
        </Absence>
      ) : (
        <SettingsTable
          caption="Keys"
          head={['Name', 'Kind', 'Hint', 'Agents', 'State', 'Last used', 'Issued', '']}
          hideBelow={[null, null, 'md', 'md', null, 'md', 'lg', null]}
          rows={keys.map((key) => {
            const state = keyState(key, now);
            return {
              id: key.id,
              faded: key.revoked_at !== null,
              cells: [
                <InertText key="name" text={key.name} className="font-medium" />,
                key.kind === 'ingest' ? (key.may_write_user ? 'Ingest, users too' : 'Ingest') : 'Read',
                <code key="hint" className="mono whitespace-nowrap">
                  {key.hint}
                </code>,
                key.agent_names.length === 0 ? '–' : <InertText key="agents" text={key.agent_names.join(', ')} />,
                <Status key="state" tone={state.tone}>
                  {state.words} {state.at !== null && <Time at={state.at} precision="minute" />}
                </Status>,
                <Time key="used" at={key.last_used_at} precision="minute" none="never" />,
                <span key="issued">
                  <Time at={key.created_at} precision="minute" /> <span className="text-ink-3">by {key.created_by}</span>
                </span>,
                manages && key.revoked_at === null ? (
                  <Button key="revoke" size="small" tone="quiet" onClick={() => setEnding(key)}>
                    Revoke
                  </Button>
                ) : null,
              ],
            };
          })}
        />
      )}
      {issued !== null && (
        <SecretDialog
          title={`Key “${issued.key.name}”`}
          description="Copy the key now and give it to the agent."
          secret={issued.secret}
          onClose={() => {
            setIssued(null);
            router.refresh();
          }}
        />
      )}
      {ending !== null && (
        <ConfirmDialog
          title={`Revoke “${ending.name}”?`}
          text="Whoever uses it is refused from now on. A revoked key cannot be brought back; issue another."
          action="Revoke the key"
          busy={revoke.isPending}
          error={revoke.error?.message ?? null}
          onConfirm={() => revoke.mutate(ending)}
          onClose={() => {
            setEnding(null);
            revoke.reset();
          }}
        />
      )}
    </div>
  );
}
