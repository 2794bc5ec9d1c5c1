'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import type { KeyRow } from '@/lib/schema/screens';

type Kind = 'ingest' | 'read';
type Issued = { key: KeyRow; secret: string };

const DAYS: { value: string; label: string }[] = [
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: '', label: 'Never' },
];
const KIND_WORDS: Record<Kind, string> = { ingest: 'Ingest: an agent writes', read: 'Read: a program reads' };

/** The names in a text, at commas or spaces. */
export function readNames(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((name) => name !== ''))];
}

export function IssueKey({ kinds, agents, onIssued }: { kinds: Kind[]; agents: string[]; onIssued: (issued: Issued) => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Kind>(kinds[0] ?? 'read');
  const [names, setNames] = useState('');
  const [mayWriteUser, setMayWriteUser] = useState(false);
  const [days, setDays] = useState('90');
  const issue = useMutation({
    mutationFn: () =>
      api<Issued>(at('/api/v1/settings/keys'), {
        method: 'POST',
        body: {
          name: name.trim(),
          kind,
          agent_names: kind === 'ingest' ? readNames(names) : [],
          may_write_user: kind === 'ingest' && mayWriteUser,
          ...(days === '' ? {} : { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() }),
        },
      }),
    onSuccess: (issued) => {
      setOpen(false);
      setName('');
      setNames('');
      setMayWriteUser(false);
      onIssued(issued);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    issue.mutate();
  };
  return (
    <>
      <Button tone="primary" onClick={() => setOpen(true)}>
        Issue a key
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Issue a key" description="It is shown once, when it is made.">
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field label="Name" hint="What uses it, for those who read the log later.">
            <Input value={name} onValueChange={(value: string) => setName(value)} required maxLength={120} autoFocus />
          </Field>
          <Field label="Kind">
            <Select
              value={kind}
              onChange={(value) => setKind(value as Kind)}
              options={kinds.map((value) => ({ value, label: KIND_WORDS[value] }))}
              aria-label="Kind"
            />
          </Field>
          {kind === 'ingest' && (
            <>
              <Field
                label="Agent names"
                hint={
                  agents.length === 0
                    ? 'It may write under these names only. Separate by commas.'
                    : `Only under these names. Known: ${agents.slice(0, 6).join(', ')}`
                }
              >
                <Input value={names} onValueChange={(value: string) => setNames(value)} required spellCheck={false} autoCapitalize="none" />
              </Field>
              <Checkbox checked={mayWriteUser} onChange={setMayWriteUser} hint="Otherwise it writes only as agent and system.">
                May write what users did
              </Checkbox>
            </>
          )}
          <Field label="Ends">
            <Select value={days} onChange={setDays} options={DAYS} aria-label="Ends" />
          </Field>
          {issue.error !== null && (
            <p role="alert" className="text-sm text-broken">
              {issue.error.message}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" tone="primary" busy={issue.isPending}>
              Issue
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
