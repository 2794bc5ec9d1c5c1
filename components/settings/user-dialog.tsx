'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { FormActions } from '@/components/ui/form-actions';
import { Select } from '@/components/ui/select';
import { roleWords } from '@/components/ui/vocabulary-words';
import type { UserRow } from '@/lib/schema/screens';
import { ROLES, type Role } from '@/lib/schema/vocabulary';

/** A ledger on which the viewer may give roles. */
export interface Administered {
  id: string;
  name: string;
}

interface Props {
  user: UserRow | null;
  administers: Administered[];
  onClose: () => void;
  onDone: (made: { name: string; link: string | null }) => void;
}

const OPTIONS = [{ value: '', label: 'No role' }, ...ROLES.map((role) => ({ value: role as string, label: roleWords(role) }))];

/** Invites a person, or changes the name and the roles of one. The list of roles is sent whole. */
export function UserDialog({ user, administers, onClose, onDone }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const [email, setEmail] = useState('');
  const [name, setName] = useState(user?.name ?? '');
  const [roles, setRoles] = useState<Record<string, string>>(() =>
    Object.fromEntries((user?.roles ?? []).map((role) => [role.ledger, role.role])),
  );
  const save = useMutation({
    mutationFn: async () => {
      const list = administers.flatMap((ledger) => {
        const role = ROLES.find((known) => known === roles[ledger.id]);
        return role === undefined ? [] : [{ ledger: ledger.id, role: role as Role }];
      });
      if (user === null) {
        const made = await api<{ user: UserRow; link: string }>(at('/api/v1/settings/users'), {
          method: 'POST',
          body: { email: email.trim(), name: name.trim(), roles: list },
        });
        return { name: made.user.name, link: made.link };
      }
      const renamed = name.trim() === user.name ? {} : { name: name.trim() };
      const changed = await api<UserRow>(at(`/api/v1/settings/users/${encodeURIComponent(user.id)}`), {
        method: 'PATCH',
        body: { roles: list, ...renamed },
      });
      return { name: changed.name, link: null };
    },
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={user === null ? 'Invite a person' : user.name}
      description={user === null ? 'They set their password by a link that is shown to you once.' : user.email}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        {user === null && (
          <Field label="E-mail address" hint="Names them in the access ledger, and cannot be changed later.">
            <Input type="email" value={email} onValueChange={(value: string) => setEmail(value)} required maxLength={250} autoFocus />
          </Field>
        )}
        <Field label="Name">
          <Input value={name} onValueChange={(value: string) => setName(value)} required maxLength={120} />
        </Field>
        {administers.map((ledger) => (
          <Field key={ledger.id} label={`Role on ${ledger.name}`}>
            <Select
              value={roles[ledger.id] ?? ''}
              onChange={(value) => setRoles({ ...roles, [ledger.id]: value })}
              options={OPTIONS}
              aria-label={`Role on ${ledger.name}`}
            />
          </Field>
        ))}
        {save.error !== null && (
          <p role="alert" className="text-sm text-broken">
            {save.error.message}
          </p>
        )}
        <FormActions action={user === null ? 'Invite' : 'Save'} onCancel={onClose} busy={save.isPending} />
      </form>
    </Dialog>
  );
}
