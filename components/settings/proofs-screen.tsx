'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { AlarmsList } from '@/components/alarms/alarms-list';
import { useApi } from '@/components/api/reauthenticate';
import { ANCHOR_WORDS, everyWords, targetState } from '@/components/proof/anchor-words';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { useToast } from '@/components/ui/toast';
import type { AlarmDto, AnchorTargetDto, ProofSettingsDto } from '@/lib/schema/proofs';
import { AnchorDialog } from './anchor-dialog';
import { ConfirmDialog } from './confirm-dialog';
import { ProofSettingsForm } from './proof-settings-form';
import { SecretDialog } from './secret-dialog';
import { SettingsTable } from './settings-table';

interface Props {
  targets: AnchorTargetDto[];
  settings: ProofSettingsDto;
  alarms: AlarmDto[];
  tlog_url: string;
}

function State({ target }: { target: AnchorTargetDto }) {
  const state = targetState(target);
  return (
    <>
      <Status tone={state.tone}>
        {state.words} {state.at !== null && <Time at={state.at} relative />}
      </Status>
      {target.failures > 0 && target.last_error !== null && (
        <span className="block max-w-[44ch] pl-[19px] text-xs text-ink-2">
          <InertText text={target.last_error} />
        </span>
      )}
    </>
  );
}

/** Where checkpoints go, who is told when something is wrong, and when the ledger is verified by itself. */
export function ProofsScreen({ targets, settings, alarms, tlog_url: tlogUrl }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const [editing, setEditing] = useState<AnchorTargetDto | 'new' | null>(null);
  const [secret, setSecret] = useState<{ of: string; secret: string } | null>(null);
  const [removing, setRemoving] = useState<AnchorTargetDto | null>(null);
  const path = (target: AnchorTargetDto, rest = '') => at(`/api/v1/settings/anchors/${encodeURIComponent(target.id)}${rest}`);
  const tryNow = useMutation({
    mutationFn: (target: AnchorTargetDto) => api<AnchorTargetDto>(path(target, '/try'), { method: 'POST', body: {} }),
    onSuccess: (tried) => {
      toast(tried.failures === 0 ? `“${tried.name}” works` : `“${tried.name}” does not work`, tried.last_error ?? undefined);
      router.refresh();
    },
    onError: (error) => toast('It was not tried', error.message),
  });
  const turn = useMutation({
    mutationFn: (target: AnchorTargetDto) => api<unknown>(path(target), { method: 'PATCH', body: { enabled: !target.enabled } }),
    onSuccess: () => router.refresh(),
    onError: (error) => toast('It was not changed', error.message),
  });
  const remove = useMutation({
    mutationFn: (target: AnchorTargetDto) => api<unknown>(path(target), { method: 'DELETE' }),
    onSuccess: (_answer, target) => {
      setRemoving(null);
      toast(`“${target.name}” gets no more checkpoints`);
      router.refresh();
    },
  });
  return (
    <div className="flex max-w-[1120px] flex-col gap-7">
      {alarms.length > 0 && (
        <Section title="Open alarms">
          <AlarmsList alarms={alarms} none="" />
        </Section>
      )}
      <Section
        title="Places outside"
        action={
          <Button tone="primary" onClick={() => setEditing('new')}>
            Add a place
          </Button>
        }
      >
        <p className="mb-3 max-w-[72ch] text-sm text-ink-2">
          Each gets checkpoints of this ledger: a name, a size and a hash, and nothing that was recorded. As soon as one of them holds a
          checkpoint, nobody here can change what it covers without being found out. Every change here is an entry of the access ledger.
        </p>
        {targets.length === 0 ? (
          <p className="border-y border-hairline py-2 text-sm">
            <Status tone="attention">
              No place outside yet: whoever holds application, database and signer together could rewrite this history unnoticed.
            </Status>
          </p>
        ) : (
          <SettingsTable
            caption="Places outside"
            head={['Kind', 'Name', 'Where', 'How often', 'State', '']}
            hideBelow={['md', null, 'lg', 'md', null, null]}
            rows={targets.map((target) => ({
              id: target.id,
              faded: !target.enabled,
              cells: [
                ANCHOR_WORDS[target.kind].noun,
                <InertText key="name" text={target.name} className="font-medium" />,
                <InertText key="where" text={target.where} />,
                <span key="every" className="whitespace-nowrap">
                  {everyWords(target.every_seconds)}
                </span>,
                <State key="state" target={target} />,
                <Menu
                  key="menu"
                  align="end"
                  trigger={
                    <button type="button" className={buttonClass('quiet', 'small')} aria-label={`Change ${target.name}`}>
                      Change
                    </button>
                  }
                >
                  <MenuItem onSelect={() => tryNow.mutate(target)} disabled={tryNow.isPending}>
                    Try now
                  </MenuItem>
                  <MenuItem onSelect={() => setEditing(target)}>Name and how often…</MenuItem>
                  <MenuItem onSelect={() => turn.mutate(target)}>{target.enabled ? 'Turn off' : 'Turn on'}</MenuItem>
                  <MenuSeparator />
                  <MenuItem onSelect={() => setRemoving(target)}>Remove…</MenuItem>
                </Menu>,
              ],
            }))}
          />
        )}
      </Section>
      <ProofSettingsForm settings={settings} tlogUrl={tlogUrl} witnesses={targets.filter(({ kind }) => kind === 'witness').length} />
      {editing !== null && (
        <AnchorDialog
          target={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onDone={(made) => {
            setEditing(null);
            if (made.secret) setSecret({ of: made.name, secret: made.secret });
            router.refresh();
          }}
        />
      )}
      {secret !== null && (
        <SecretDialog
          title={`Secret of ${secret.of}`}
          description="Whoever receives the posts checks their signature with it (Standard Webhooks)."
          kept="It is kept to sign with."
          secret={secret.secret}
          onClose={() => setSecret(null)}
        />
      )}
      {removing !== null && (
        <ConfirmDialog
          title={`Remove ${removing.name}?`}
          text="It gets no more checkpoints. What it holds already stays there, and what came back from it stays here."
          action="Remove"
          busy={remove.isPending}
          error={remove.error?.message ?? null}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => {
            setRemoving(null);
            remove.reset();
          }}
        />
      )}
    </div>
  );
}
