'use client';

import Link from 'next/link';
import { SettingsTable } from '@/components/settings/settings-table';
import { useFrame } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { formatTotal } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ChangeDto, PromptsDto } from '@/lib/schema/prompts';
import { AsOfForm } from './as-of-form';
import { approvalWords, changeName } from './change-words';

function InForce({ change }: { change: ChangeDto | null }) {
  if (change === null) return <span className="text-ink-3">nothing recorded</span>;
  return (
    <span>
      <InertText text={changeName(change)} />
      <span className="block text-xs text-ink-3 max-sm:hidden">
        since <Time at={change.at} precision="minute" />
      </span>
    </span>
  );
}

function Approval({ change }: { change: ChangeDto | null }) {
  if (change === null) return <span className="text-ink-3">–</span>;
  const { tone, words } = approvalWords(change);
  if (tone === 'plain') return <InertText text={words} />;
  return (
    <Status tone={tone}>
      <InertText text={words} />
    </Status>
  );
}

/** Every agent with the prompt and the model that it answers by. */
export function PromptsScreen({ as_of: at, agents, more }: PromptsDto) {
  const { ledger } = useFrame();
  const look = at === null ? '' : `?at=${encodeURIComponent(at)}`;
  return (
    <div className="flex max-w-[1240px] flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-[72ch] text-sm text-ink-2">
          Which prompt and which model each agent answers by, as its own records say. Open an agent to see every change, who approved it,
          what it was before, and how many conversations it served.
        </p>
        <AsOfForm at={at} />
      </div>
      {agents.length === 0 ? (
        <Absence kind="nothing_recorded" title={at === null ? 'No agent yet' : 'Nothing yet at that moment'}>
          {at === null
            ? `No agent of ${ledger.name} has reported a prompt or a model. Records of the kinds prompt_changed and model_changed stand here.`
            : `${ledger.name} held no record then.`}
        </Absence>
      ) : (
        <SettingsTable
          caption="Agents and what is in force"
          head={['Agent', 'Prompt', 'Approval', 'Model', 'Conversations served']}
          hideBelow={[null, null, 'md', null, 'lg']}
          rows={agents.map(({ agent, prompt, model }) => ({
            id: agent,
            cells: [
              <Link key="agent" className="link font-medium" prefetch={false} href={`/prompts/${encodeURIComponent(agent)}${look}`}>
                <InertText text={agent} />
              </Link>,
              <InForce key="prompt" change={prompt} />,
              <Approval key="approval" change={prompt} />,
              <InForce key="model" change={model} />,
              <span key="served" className="tnum">
                {prompt === null ? '–' : formatTotal(prompt.served)}
              </span>,
            ],
          }))}
        />
      )}
      {more && (
        <p className="text-sm text-ink-2">Only the first hundred agents are listed. Others are found through Records, filtered by agent.</p>
      )}
    </div>
  );
}
