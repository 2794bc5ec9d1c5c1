import { ArchiveFault } from '@/lib/archive/archive-fault';
import { archiveLedger } from '@/lib/archive/archive-ledger';
import { StoreFault } from '@/lib/archive/archive-store';
import { ownStore } from '@/lib/archive/open-store';
import { countVolume } from '@/lib/ledger/count-volume';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { everythingDue } from './archived-ledger';

/** A process that archives, for tests that kill it: run after run, in small segments. It says each step that it has made, and is told where by the environment. */
const [slug] = process.argv.slice(2);
const ledger = (await listLedgers()).find((one) => one.slug === slug)!;
for (;;) {
  await countVolume(ledger.id);
  try {
    const { records, pruned } = await archiveLedger({
      ledger,
      store: ownStore()!,
      due: everythingDue(),
      bounds: { rows: 40, bytes: 1e9 },
      leaseMs: 1_000,
      onProgress: (what, records) => process.stdout.write(`${what} ${records}\n`),
    });
    if (records + pruned === 0) process.stdout.write('nothing\n');
  } catch (error) {
    if (!(error instanceof ArchiveFault || error instanceof StoreFault)) throw error;
    process.stdout.write(`${error.code}\n`);
    console.error(error.message);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
