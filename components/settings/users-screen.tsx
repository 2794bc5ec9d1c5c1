'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { InertText } from '@/components/ui/inert-text';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { useToast } from '@/components/ui/toast';
import { roleWords } from '@/components/ui/vocabulary-words';
import type { UserRow } from '@/lib/schema/screens';
import type { Role } from '@/lib/schema/vocabulary';
import { ConfirmDialog } from './confirm-dialog';
import { SecretDialog } from './secret-dialog';
import { SettingsTable } from './settings-table';
import { type Administered, UserDialog } from './user-dialog';

interface Props {
  users: UserRow[];
  /** Ledgers on which the viewer may give roles. */
  administers: Administered[];
  may_manage: boolean;
}

interface Change {
  name?: string;
  disabled?: boolean;
  roles?: { ledger: string; role: Role }[];
}

const SIGN_IN: Record<UserRow['sign_in'], string> = { password: 'Password', oidc: 'Identity provider', invited: 'Invited' };

/** People, and what each may do on which ledger. */
export function UsersScreen({ users, administers, may_manage: manages }: Props) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const [editing, setEditing] = useState<UserRow | 'new' | null>(null);
  const [disabling, setDisabling] = useState<UserRow | null>(null);
  const [link, setLink] = useState<{ for: string; link: string } | null>(null);
  const change = useMutation({
    mutationFn: ({ user, body }: { user: UserRow; body: Change }) =>
      api<UserRow>(at(`/api/v1/settings/users/${encodeURIComponent(user.id)}`), { method: 'PATCH', body }),
    onSuccess: (user) => {
      setDisabling(null);
      toast(`${user.name} was changed`);
      router.refresh();
    },
  });
  const makeLink = useMutation({
    mutationFn: (user: UserRow) =>
      api<{ link: string }>(at(`/api/v1/settings/users/${encodeURIComponent(user.id)}/link`), { method: 'POST', body: {} }),
    onSuccess: (made, user) => setLink({ for: user.name, link: new URL(made.link, window.location.origin).href }),
    onError: (error) => toast('No link was made', error.message),
  });
  const ledgerName = (id: string) => administers.find((ledger) => ledger.id === id)?.name ?? id;

  return (
    <div className="flex max-w-[1240px] flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-[72ch] text-sm text-ink-2">
          Roles are held per ledger. An administrator manages people and keys and does not read what agents recorded. Every change here is
          an entry of the access ledger.
        </p>
        {manages && (
          <Button tone="primary" onClick={() => setEditing('new')}>
            Invite a person
          </Button>
        )}
      </div>
      <SettingsTable
        caption="Users and roles"
        head={['Name', 'Address', 'Roles', 'Signs in by', 'Last seen', 'Since', '']}
        hideBelow={[null, 'md', null, 'md', 'lg', 'lg', null]}
        rows={users.map((user) => ({
          id: user.id,
          faded: user.disabled_at !== null,
          cells: [
            <InertText key="name" text={user.name} className="font-medium" />,
            <InertText key="email" text={user.email} />,
            user.roles.length === 0 ? (
              <span key="roles" className="text-ink-3">
                none
              </span>
            ) : (
              <span key="roles">
                {user.roles.map((role) => (
                  <span key={role.ledger} className="block">
                    {roleWords(role.role)} <span className="text-ink-3">on {ledgerName(role.ledger)}</span>
                  </span>
                ))}
              </span>
            ),
            user.disabled_at !== null ? (
              <Status key="state" tone="pending">
                Disabled
              </Status>
            ) : user.sign_in === 'invited' ? (
              <Status key="state" tone="waiting">
                Invited
              </Status>
            ) : (
              SIGN_IN[user.sign_in]
            ),
            <Time key="seen" at={user.last_seen_at} precision="minute" none="never" />,
            <Time key="since" at={user.created_at} precision="minute" />,
            manages ? (
              <Menu
                key="menu"
                align="end"
                trigger={
                  <button type="button" className={buttonClass('quiet', 'small')} aria-label={`Change ${user.name}`}>
                    Change
                  </button>
                }
              >
                <MenuItem onSelect={() => setEditing(user)}>Name and roles…</MenuItem>
                <MenuItem onSelect={() => makeLink.mutate(user)} disabled={user.disabled_at !== null}>
                  {user.sign_in === 'invited' ? 'New invitation link' : 'Link to set a new password'}
                </MenuItem>
                <MenuSeparator />
                {user.disabled_at === null ? (
                  <MenuItem onSelect={() => setDisabling(user)}>Disable…</MenuItem>
                ) : (
                  <MenuItem onSelect={() => change.mutate({ user, body: { disabled: false } })}>Enable</MenuItem>
                )}
              </Menu>
            ) : null,
          ],
        }))}
      />
      {editing !== null && (
        <UserDialog
          user={editing === 'new' ? null : editing}
          administers={administers}
          onClose={() => setEditing(null)}
          onDone={(made) => {
            setEditing(null);
            if (made.link !== null) setLink({ for: made.name, link: new URL(made.link, window.location.origin).href });
            router.refresh();
          }}
        />
      )}
      {disabling !== null && (
        <ConfirmDialog
          title={`Disable ${disabling.name}?`}
          text="Their sessions end now and they cannot sign in. What they did stays in the access ledger."
          action="Disable"
          busy={change.isPending}
          error={change.error?.message ?? null}
          onConfirm={() => change.mutate({ user: disabling, body: { disabled: true } })}
          onClose={() => {
            setDisabling(null);
            change.reset();
          }}
        />
      )}
      {link !== null && (
        <SecretDialog
          title={`Link for ${link.for}`}
          description="Hand it over yourself: nothing is mailed. It works once, and for a limited time."
          secret={link.link}
          onClose={() => setLink(null)}
        />
      )}
    </div>
  );
}
