import type { AuditRecord } from '../sdk/src/index';
import { playConversation } from './play-conversation';
import { Random } from './random';
import type { Office } from './script';
import type { InForce } from './tell-history';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Two years and a month ago, for three weeks: past the year that its records have to be kept for, and past the two years that its office keeps them at most. */
const BEGAN_DAYS_AGO = 770;
const LASTED_DAYS = 21;
const CONVERSATIONS = 14;
/** Of its prompt and its model nothing was recorded then: they are named and no more. */
const PILOT: InForce = { prompt: () => 'pilot-2', model: () => 'meridian-1', grant: () => null };

/**
 * What the law office tried its agent with before it kept a ledger: the log of that trial, brought in with the days on which it happened. The same seed and the same
 * `now` give the same records to the byte.
 */
export function playPilot(office: Office, now: number, seed: string): AuditRecord[] {
  const random = new Random(`${seed}/${office.agentName}/pilot`);
  const scenarios = office.scenarios.filter(({ turns }) =>
    turns.every(({ uses }) => uses.every((each) => 'tool' in each && each.needs === undefined)),
  );
  const morning = Math.floor(now / DAY - BEGAN_DAYS_AGO) * DAY + 14 * HOUR;
  return Array.from({ length: CONVERSATIONS }, (_, index) => {
    const begun = morning + Math.floor((index * LASTED_DAYS) / CONVERSATIONS) * DAY + random.between([0, 7 * HOUR]);
    const scenario = random.weighted(scenarios, (each) => each.weight);
    return playConversation(
      office,
      scenario,
      begun,
      now,
      { leftOpen: false, lost: 0 },
      PILOT,
      `${seed}/${office.agentName}/pilot/${index}`,
    );
  }).flat();
}
