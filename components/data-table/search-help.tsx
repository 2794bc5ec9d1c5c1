import { type Qualifier, qualifiersOf, type SearchPlace } from '@/lib/schema/search-query';

const WHAT: Record<Qualifier, [example: string, what: string]> = {
  actor: ['actor:ann@example.org', 'who triggered it'],
  action: ['action:tool_invoked', 'what was done'],
  agent: ['agent:triage', 'the agent'],
  conversation: ['conversation:c-1017', 'records of this conversation'],
  resource: [
    'resource:patient_record/P-1017',
    'type and id; resource:patient_record/ is all of a type, resource:P-1017 that id of any type',
  ],
  subject: ['subject:P-1017', 'whom the data is about'],
  class: ['class:restricted', 'public, internal, confidential or restricted'],
  domain: ['domain:hipaa', 'a compliance domain; may stand more than once'],
  model: ['model:m-large-2', 'the model that answered'],
  tool: ['tool:ehr.read', 'the tool that was called'],
  outcome: ['outcome:denied', 'success, failure or denied'],
  has: ['has:phi', 'personal identifiers were found in it'],
  said: ['said:"blood pressure"', 'all of these words were said: needs the right to reveal, and the ledger’s index of words; is recorded'],
  before: ['before:2026-11-20', 'earlier than this day or instant, in UTC'],
  after: ['after:2026-11-19T17:00Z', 'from this day or instant on'],
};

const OF_ACCESSES: Partial<typeof WHAT> = {
  actor: ['actor:ann@example.org', 'who did it'],
  action: ['action:content_revealed', 'what was done'],
  resource: ['resource:conversation/c-1017', 'what was looked at or changed: type and id, a type (resource:user/), or an id of any type'],
};

/** What can be typed into a search box. */
export function SearchHelp({ place }: { place: SearchPlace }) {
  const rows = qualifiersOf(place).map((name): [string, string] =>
    place === 'conversations' && name === 'has'
      ? ['has:gap', 'the sender’s numbering shows that records never arrived']
      : (place === 'accesses' && OF_ACCESSES[name]) || WHAT[name],
  );
  return (
    <div className="flex flex-col gap-3 text-sm">
      <dl className="grid grid-cols-1 gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr] sm:items-baseline">
        {rows.map(([example, what]) => (
          <div key={example} className="contents">
            <dt className="mono text-xs">{example}</dt>
            <dd className="text-ink-2">{what}</dd>
          </div>
        ))}
        <div className="contents">
          <dt className="mono text-xs">P-10</dt>
          <dd className="text-ink-2">
            {place !== 'conversations'
              ? 'a bare word is the beginning of an id: of a conversation, actor, agent, resource, subject or the record itself'
              : 'a bare word is the beginning of the conversation’s id'}
          </dd>
        </div>
      </dl>
      <p className="text-ink-2">
        All terms must hold. A minus sign turns a term round: <span className="mono text-xs">-class:public</span>. What has spaces or a
        colon stands in quotes: <span className="mono text-xs">tool:"look up"</span>.
      </p>
    </div>
  );
}
