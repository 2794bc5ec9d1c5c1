import { setTimeout as sleep } from 'node:timers/promises';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { keepCheckpointing } from '@/lib/proofs/keep-checkpointing';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';

/**
 * A process that signs, for tests that kill it. `steps`: one checkpoint after another, ten minutes apart by a clock of its own (milliseconds), as fast as they
 * come; `loop`: as the service does. It says each number that it was given, and is told where by the environment.
 */
const [how, slug, from] = process.argv.slice(2);
if (how === 'loop') {
  keepCheckpointing(50);
  process.stdout.write('signing\n');
  await sleep(3_600_000);
} else {
  const ledger = (await listLedgers()).find((one) => one.slug === slug)!;
  for (let clock = Number(from); ; clock += 600_000) {
    const step = await checkpointLedger(ledger, openSigner()!, new Pace(0), new Date(clock)).catch((error: Error) => ({
      kind: error.message,
    }));
    process.stdout.write(`${'number' in step ? step.number : step.kind}\n`);
  }
}
