import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { findPositionAt } from '@/lib/ledger/find-position-at';
import { listAgents, readChangeInForce, readChanges } from '@/lib/ledger/read-changes';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { readHead } from '@/lib/ledger/read-entries';
import { instantOf } from '@/lib/schema/instant';
import type { AgentChangesDto, AgentInForceDto, PromptsDto } from '@/lib/schema/prompts';
import { isTimestamp } from '@/lib/schema/record';
import type { FrameDto } from '@/lib/schema/screens';
import { IDENTIFIER } from '@/lib/schema/vocabulary';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

/** Agents on one page; an installation has some dozens. */
const MOST_AGENTS = 100;
const CHANGES_PAGE = 50;

/** Every agent with the prompt and the model in force, now or at `?at=` (a moment by the server's clock). @throws RefusalError format at /at */
export async function viewPrompts(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & PromptsDto> {
  const at = moment(input);
  return auditedScreen(viewer, input, { permission: 'records.read', screen: '/prompts', ...asked({ at }) }, ({ ledger }) =>
    boundedRead(async (tx) => {
      const high = await positionOf(tx, ledger, at);
      const names = high === null ? [] : await listAgents(tx, ledger, high, MOST_AGENTS + 1);
      const agents: AgentInForceDto[] = [];
      for (const agent of names.slice(0, MOST_AGENTS)) agents.push(await inForce(tx, ledger, agent, high!));
      return { as_of: at, agents, more: names.length > MOST_AGENTS };
    }),
  );
}

/** The changes of one agent's prompts and models. @param input.id the agent's name @throws RefusalError format at /at, /older; not_found */
export async function viewAgentChanges(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & AgentChangesDto> {
  const agent = input.id ?? '';
  const at = moment(input);
  const older = input.params?.get('older') || null;
  if (older !== null && !/^\d{1,18}$/.test(older)) refuse('format', 'The cursor "older" is not a sequence number.', '/older');
  const look = { permission: 'records.read', screen: '/prompts/[agent]', resource: { type: 'agent', id: agent.slice(0, 128) } } as const;
  return auditedScreen(viewer, input, look, ({ ledger }) =>
    boundedRead(async (tx) => {
      const high = IDENTIFIER.test(agent) ? await positionOf(tx, ledger, at) : null;
      const from = older === null ? high : BigInt(older) - 1n;
      const changes = from === null ? [] : await readChanges(tx, ledger, agent, from, CHANGES_PAGE + 1);
      if (changes.length === 0 && older === null && at === null)
        refuse('not_found', 'Nothing is recorded about a prompt or a model of such an agent.');
      const page = changes.slice(0, CHANGES_PAGE);
      return {
        as_of: at,
        agent,
        in_force: high === null ? { agent, prompt: null, model: null } : await inForce(tx, ledger, agent, high),
        changes: page,
        purposes: (await readContentSettings(tx, ledger.id)).purposes,
        older: changes.length > CHANGES_PAGE ? page[page.length - 1]!.seq : null,
      };
    }),
  );
}

async function inForce(tx: Tx, ledger: LedgerRow, agent: string, high: bigint): Promise<AgentInForceDto> {
  return {
    agent,
    prompt: await readChangeInForce(tx, ledger, agent, 'prompt', high),
    model: await readChangeInForce(tx, ledger, agent, 'model', high),
  };
}

function moment({ params }: ViewInput): string | null {
  const asked = params?.get('at') || null;
  if (asked === null) return null;
  const instant = instantOf(asked);
  if (!isTimestamp(instant)) refuse('format', 'The moment "at" is not a day or a time in UTC.', '/at');
  return instant;
}

const asked = (filters: { at: string | null }) => (filters.at === null ? {} : { filters });

/** The last position that the ledger had at a moment; its head for now. */
async function positionOf(tx: Tx, ledger: LedgerRow, at: string | null): Promise<bigint | null> {
  if (at !== null) return findPositionAt(tx, ledger.id, BigInt(Date.parse(at)) * 1000n);
  return (await readHead(tx, ledger.id))?.seq ?? null;
}
