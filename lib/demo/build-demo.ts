import type { AuditRecord } from '../sdk/src/index';
import { CLAIMS } from './claims/claims-office';
import { CLINIC } from './clinic/clinic-office';
import { byTime } from './demo-record';
import { LAW } from './law/law-office';
import { pickTimes, plannedTime } from './pick-times';
import { type Fate, playConversation } from './play-conversation';
import { playPilot } from './play-pilot';
import { Random } from './random';
import type { Office } from './script';
import { tellHistory } from './tell-history';

export const OFFICES: readonly Office[] = [CLINIC, CLAIMS, LAW];
export const DEMO_SEED = 'holdfast-demo-1';

const MINUTE = 60_000;
/** However late the reader comes, someone was just here: minutes before now. The last one is still going on. */
const RECENT_MINUTES = [170, 95, 38, 3];

/**
 * Eight months of three offices, in chronological order, ending at `now`; before them what one of the offices had tried two years ago. The same seed and the same `now` give the same
 * records to the byte; another `now` gives other ids, so that the two can stand in one ledger.
 */
export function buildDemo(now: Date, seed: string = DEMO_SEED): AuditRecord[] {
  const at = now.getTime();
  return byTime([...playPilot(LAW, at, seed), ...OFFICES.flatMap((office) => playOffice(office, at, seed))]);
}

function playOffice(office: Office, now: number, seed: string): AuditRecord[] {
  const { records, inForce } = tellHistory(office, seed, now);
  const random = new Random(`${seed}/${office.agentName}`);
  const times = pickTimes(office, now, random);
  // The clinic never sleeps; the other two were seen a little earlier.
  const recent = RECENT_MINUTES.filter((_, index) => office.key === 'clinic' || index % 2 === 0).map((minutes) => now - minutes * MINUTE);
  const planned = office.planned.map(({ at, title }) => ({
    begun: plannedTime(at, now),
    scenario: office.scenarios.find((each) => each.title === title),
  }));
  const byChance = [...times, ...recent].map((begun) => ({ begun, scenario: random.weighted(office.scenarios, (each) => each.weight) }));
  const all = [...byChance, ...planned].filter(({ begun }) => begun < now);
  for (const [index, { begun, scenario }] of all.entries()) {
    if (scenario === undefined) throw new TypeError(`${office.agentName} plans a scenario that it does not have`);
    records.push(
      ...playConversation(office, scenario, begun, now, fateOf(index, byChance.length), inForce, `${seed}/${office.agentName}/${index}`),
    );
  }
  return records;
}

/** By position and not by chance, so that every office has some of each: a few lose records, a few are left open. */
function fateOf(index: number, count: number): Fate {
  const part = Math.floor((index * 100) / count);
  const first = Math.floor(((index - 1) * 100) / count) !== part;
  return {
    lost: first && part === 23 ? 1 : first && part === 64 ? 3 : first && part === 88 ? 1 : 0,
    leftOpen: first && (part === 12 || part === 47 || part === 81 || part === 96),
  };
}
