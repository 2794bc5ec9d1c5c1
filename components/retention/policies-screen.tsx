'use client';

import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useMay } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Menu, MenuItem } from '@/components/ui/menu';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import { DEFAULT_POLICY } from '@/lib/policy/retention-catalogue';
import type { PoliciesDto, PolicyDto, PolicyVersions, RetentionDto, TriggerPageDto } from '@/lib/schema/retention';
import { Conflicts } from './conflicts';
import { PolicyDialog } from './policy-dialog';
import { PolicyHistory } from './policy-history';
import { PreviewAndSave } from './preview-and-save';
import { periodWords } from './retention-words';
import { TriggersList } from './triggers-list';
import type { Wish } from './use-policies';

interface Props {
  policies: PoliciesDto;
  triggers: TriggerPageDto;
  history: PolicyVersions;
  before: number | null;
  figures: Pick<RetentionDto, 'policies' | 'conflicts' | 'complete'>;
}

type Doing =
  | { kind: 'edit'; policy: PolicyDto | null }
  | { kind: 'change'; title: string; text: string; wish: Wish; action: string; say: string };

function switching(policy: PolicyDto, on: boolean): Doing {
  return {
    kind: 'change',
    title: on ? `Switch on ${policy.title}?` : `Switch off ${policy.title}?`,
    text: on
      ? `${policy.say} Records that name the domain ${policy.code} are under it from then on, those that are there included.`
      : `Records that name the domain ${policy.code} are then kept by the other policies that apply to them. What it decided before can be looked up.`,
    wish: { set: [{ code: policy.code, on }] },
    action: on ? 'Switch on' : 'Switch off',
    say: on ? `${policy.title} is on` : `${policy.title} is off`,
  };
}

function Name({ policy: { title, code, origin, edited } }: { policy: PolicyDto }) {
  return (
    <span>
      <InertText text={title} className="font-medium" /> {title !== code && <code className="mono text-xs text-ink-3">{code}</code>}
      <span className="block text-xs text-ink-3">
        {origin === 'own'
          ? 'your own'
          : edited
            ? 'otherwise than the catalogue has it'
            : origin === 'seed'
              ? 'on from the start'
              : 'from the catalogue'}
      </span>
    </span>
  );
}

function Rule({ policy: { say, note } }: { policy: PolicyDto }) {
  return (
    <span>
      <InertText text={say} />
      {note !== null && (
        <span className="block max-w-[72ch] text-xs text-ink-2">
          <InertText text={note} />
        </span>
      )}
    </span>
  );
}

/** Which rules decide, how they came to be, and what starts their clocks. */
export function PoliciesScreen({
  policies: { policies, settlements, version, changed_by, changed_at },
  triggers,
  history,
  before,
  figures,
}: Props) {
  const manages = useMay('retention.manage');
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const on = policies.filter((policy) => policy.on);
  const off = policies.filter((policy) => !policy.on);
  const applies = new Map(figures.policies.map(({ code, applies: count }) => [code, count]));
  return (
    <div className="flex max-w-[1240px] flex-col gap-7">
      <p className="max-w-[76ch] text-sm text-ink-2">
        Version {formatCount(version)}, <Time at={changed_at} precision="minute" /> by <InertText text={changed_by} />. A record is under
        each policy that one of its domains names. The latest minimum decides, and the earliest maximum; where no policy sets a minimum, the
        default does. Records are decided when somebody looks, and never rewritten. Whether a rule applies to you is yours to decide.
      </p>
      <Section
        title="Policies that are on"
        action={
          manages && (
            <Button tone="primary" onClick={() => setDoing({ kind: 'edit', policy: null })}>
              Add a policy
            </Button>
          )
        }
      >
        <SettingsTable
          caption="Policies that are on"
          head={['Policy', 'Rule', 'In the database', 'Source', 'Applies to', ...(manages ? [''] : [])]}
          hideBelow={[null, null, 'lg', 'md', 'md', null]}
          rows={on.map((policy) => ({
            id: policy.code,
            cells: [
              <Name key="name" policy={policy} />,
              <Rule key="rule" policy={policy} />,
              <span key="hot">{periodWords(policy.hot)}</span>,
              <InertText key="source" text={policy.source} className="text-xs" />,
              <span key="applies" className="tnum">
                {formatCount(applies.get(policy.code) ?? 0)}
              </span>,
              ...(manages
                ? [
                    <Menu
                      key="menu"
                      align="end"
                      trigger={
                        <button type="button" className={buttonClass('quiet', 'small')} aria-label={`Change ${policy.title}`}>
                          Change
                        </button>
                      }
                    >
                      <MenuItem onSelect={() => setDoing({ kind: 'edit', policy })}>Change…</MenuItem>
                      {policy.code !== DEFAULT_POLICY && (
                        <MenuItem onSelect={() => setDoing(switching(policy, false))}>Switch off…</MenuItem>
                      )}
                    </Menu>,
                  ]
                : []),
            ],
          }))}
        />
      </Section>
      {off.length > 0 && (
        <Section title="The catalogue, and what was switched off">
          <SettingsTable
            caption="Policies that are off"
            head={['Policy', 'Rule', 'Source', ...(manages ? [''] : [])]}
            hideBelow={[null, null, 'md', null]}
            rows={off.map((policy) => ({
              id: policy.code,
              cells: [
                <Name key="name" policy={policy} />,
                <Rule key="rule" policy={policy} />,
                <InertText key="source" text={policy.source} className="text-xs" />,
                ...(manages
                  ? [
                      <Button
                        key="on"
                        size="small"
                        tone="quiet"
                        aria-label={`Switch on ${policy.title}`}
                        onClick={() => setDoing(switching(policy, true))}
                      >
                        Switch on…
                      </Button>,
                    ]
                  : []),
              ],
            }))}
          />
        </Section>
      )}
      <Conflicts
        conflicts={figures.conflicts}
        settlements={settlements}
        policies={policies}
        version={version}
        onReopen={({ floor, ceiling }, titles) =>
          setDoing({
            kind: 'change',
            title: `Open ${titles.floor} against ${titles.ceiling} again?`,
            text: 'The answer is taken away, and the minimum holds until a person settles it anew.',
            wish: { reopen: [{ floor, ceiling }] },
            action: 'Open again',
            say: 'The conflict is open again',
          })
        }
      />
      <TriggersList page={triggers} policies={policies} />
      <PolicyHistory history={history} before={before} policies={policies} />
      {doing?.kind === 'edit' && <PolicyDialog old={doing.policy} policies={policies} version={version} onClose={close} />}
      {doing?.kind === 'change' && (
        <Dialog open onOpenChange={(open) => !open && close()} width="wide" title={doing.title} description={doing.text}>
          <PreviewAndSave wish={doing.wish} version={version} action={doing.action} say={doing.say} onClose={close} />
        </Dialog>
      )}
    </div>
  );
}
