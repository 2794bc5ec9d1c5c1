'use client';

import Link from 'next/link';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { sayGoverning, sayLookedTo } from '@/lib/policy/destruction-say';
import type { DestructionFound } from '@/lib/schema/destruction';

const NAMED = 6;

/** What was found of a scope, record by record. */
export function FoundView({ found, titles }: { found: DestructionFound; titles?: ReadonlyMap<string, string> }) {
  const { due, archived, held, holds, not_due, unsound, unreachable, destroyed, policies, conversations, complete, looked_to } = found;
  const governing = sayGoverning(found);
  return (
    <div className="flex flex-col gap-2">
      <p className="font-serif text-lg" data-due={due}>
        {due === 0 ? 'Nothing of it can be destroyed now' : `${countOf(due, 'record', 'records')} can be destroyed`}
      </p>
      <FactList>
        {policies.map(({ policy, records, keep_until }) => (
          <Fact key={policy} name={<InertText text={titles?.get(policy) ?? policy} />}>
            <span className="tnum">{formatCount(records)}</span>, kept until{' '}
            {keep_until.earliest === keep_until.latest ? keep_until.latest : `${keep_until.earliest} to ${keep_until.latest}`}
          </Fact>
        ))}
        {archived > 0 && <Fact name="Archive">{formatCount(archived)} of them have their bodies in the archive</Fact>}
        {governing !== null && (
          <Fact name="In force">
            <span data-governing>
              <Status tone="attention">{governing}</Status>
            </span>
          </Fact>
        )}
        {held > 0 && (
          <Fact name="Held">
            <Status tone="attention">
              {countOf(held, 'record', 'records')} kept by {holds.length === 1 ? 'hold' : 'holds'}{' '}
              {holds.map((number) => `#${number}`).join(', ')}
            </Status>
          </Fact>
        )}
        {not_due > 0 && <Fact name="Not due">{countOf(not_due, 'record', 'records')}</Fact>}
        {unsound > 0 && (
          <Fact name="Evidence">
            <Status tone="attention">{countOf(unsound, 'record', 'records')} not as sealed: left as they are</Status>
          </Fact>
        )}
        {unreachable > 0 && (
          <Fact name="Unknown">
            <Status tone="attention">{countOf(unreachable, 'record', 'records')}: the archive does not answer</Status>
          </Fact>
        )}
        {destroyed > 0 && <Fact name="Gone">{countOf(destroyed, 'record', 'records')}, destroyed before</Fact>}
        {conversations.length > 0 && (
          <Fact name="Of">
            {conversations.slice(0, NAMED).map(({ conversation_id: id, records }, i) => (
              <span key={id}>
                {i > 0 && ', '}
                <Link className="link" prefetch={false} href={`/conversations/${encodeURIComponent(id)}`} target="_blank">
                  <InertText text={id} />
                </Link>{' '}
                <span className="tnum text-ink-3">({formatCount(records)})</span>
              </span>
            ))}
            {conversations.length > NAMED && ' and others'}
          </Fact>
        )}
      </FactList>
      {!complete && looked_to !== null && <p className="text-xs text-ink-3">{sayLookedTo(found)}</p>}
    </div>
  );
}
