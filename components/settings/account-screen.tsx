'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { useToast } from '@/components/ui/toast';
import { roleWords } from '@/components/ui/vocabulary-words';
import type { SessionRow } from '@/lib/schema/screens';
import { ChangePassword } from './change-password';
import { SettingsTable } from './settings-table';
import { ZoneForm } from './zone-form';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-rule pt-2">
      <h2 className="section-title mb-2">{title}</h2>
      {children}
    </section>
  );
}

/** Who one is here, one's password, and where one is signed in. */
export function AccountScreen({ sessions, has_password: hasPassword }: { sessions: SessionRow[]; has_password: boolean }) {
  const { person, ledgers } = useFrame();
  const api = useApi();
  const router = useRouter();
  const toast = useToast();
  const end = useMutation({
    mutationFn: (session: SessionRow) =>
      api<unknown>(`/api/v1/account/sessions/${encodeURIComponent(session.id)}/revoke`, { method: 'POST', body: {} }),
    onSuccess: (_answer, session) => {
      if (session.current) {
        window.location.assign('/sign-in');
        return;
      }
      toast('The session has ended');
      router.refresh();
    },
    onError: (error) => toast('The session was not ended', error.message),
  });
  return (
    <div className="flex max-w-[980px] flex-col gap-7">
      <Section title="You">
        <FactList>
          <Fact name="Name">
            <InertText text={person.name} />
          </Fact>
          <Fact name="Address">
            <InertText text={person.email} />
          </Fact>
          <Fact name="Roles">
            {ledgers.map((ledger) => (
              <span key={ledger.id} className="block">
                {roleWords(ledger.role)} <span className="text-ink-3">on {ledger.name}</span>
              </span>
            ))}
          </Fact>
        </FactList>
      </Section>
      <Section title="Times">
        <ZoneForm zone={person.zone} />
      </Section>
      <Section title="Password">
        {hasPassword ? (
          <ChangePassword />
        ) : (
          <p className="text-sm text-ink-2">You sign in by your organisation’s identity provider; there is no password here to change.</p>
        )}
      </Section>
      <Section title="Where you are signed in">
        <SettingsTable
          caption="Own sessions"
          head={['Begun', 'Last seen', 'Address', 'Browser', '']}
          hideBelow={['md', null, 'md', null, null]}
          rows={sessions.map((session) => ({
            id: session.id,
            cells: [
              <Time key="begun" at={session.created_at} />,
              <Time key="seen" at={session.last_seen_at} />,
              session.address === null ? 'not known' : <InertText key="address" text={session.address} />,
              <span key="browser">
                {session.browser === null ? 'not known' : <InertText text={session.browser} />}
                {session.current && (
                  <Status tone="verified" className="ml-2">
                    this one
                  </Status>
                )}
              </span>,
              <Button key="end" size="small" tone="quiet" busy={end.isPending} onClick={() => end.mutate(session)}>
                {session.current ? 'Sign out' : 'End'}
              </Button>,
            ],
          }))}
        />
        <p className="pt-2 text-xs text-ink-3">A session ends after 15 minutes without use, and after 12 hours at the latest.</p>
      </Section>
    </div>
  );
}
