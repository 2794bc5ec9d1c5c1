import { ATTACKS, type Attack } from './attacks';
import { DETECT, DETECTORS, type Detector } from './detectors';
import { type DrillWorld, makeSubject, verify } from './drill-world';

/** What one detector said, and how long it took to say it. */
export interface Finding {
  /** null: it found nothing. */
  found: string | null;
  ms: number;
}

export interface DrillRow {
  attack: Pick<Attack, 'name' | 'how' | 'foundBy'>;
  findings: Record<Detector, Finding>;
  /** Whether exactly those found it who must. */
  asExpected: boolean;
}

/** First nothing is done, and nobody may find anything; then each attack on a ledger of its own. */
export async function runDrills(world: DrillWorld, onRow: (row: DrillRow) => void = () => {}): Promise<DrillRow[]> {
  const rows: DrillRow[] = [];
  const nothing: Attack = {
    name: 'Do nothing',
    how: 'A ledger as it is: whoever finds something here is wrong.',
    foundBy: [],
    run: async () => {},
  };
  for (const attack of [nothing, ...ATTACKS]) {
    const row = await drill(world, attack);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

async function drill(world: DrillWorld, attack: Attack): Promise<DrillRow> {
  const subject = await makeSubject(world);
  if (attack.verifiedBefore) await verify(subject);
  await attack.run(subject);
  const findings = {} as Record<Detector, Finding>;
  for (const detector of DETECTORS) {
    const began = performance.now();
    const found = await DETECT[detector](subject);
    findings[detector] = { found, ms: performance.now() - began };
  }
  const foundBy = DETECTORS.filter((detector) => findings[detector].found !== null);
  const { name, how } = attack;
  return { attack: { name, how, foundBy: attack.foundBy }, findings, asExpected: sameSet(foundBy, attack.foundBy) };
}

function sameSet(a: readonly Detector[], b: readonly Detector[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
