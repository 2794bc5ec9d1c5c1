import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { prisma } from '@/lib/db';
import { DEMO_REGISTRY } from '@/lib/demo/demo-registry';
import { readVersion } from '@/lib/ledger/list-registry';
import { forgetRegistry } from '@/lib/ledger/read-registry';
import { registryDigest, saveRegistry } from '@/lib/ledger/save-registry';
import { tidyEntries } from '@/lib/policy/registry-check';

const NOTE = 'Mapped when the demo was made; one tool is left for you.';

/** Version 1 of the demo's registry, before the first record of the demo comes in: the same start again finds it. */
export async function keepDemoRegistry(ledgerId: number): Promise<void> {
  if ((await readVersion(prisma(), ledgerId, null))?.version !== 0) return;
  const entries = tidyEntries(DEMO_REGISTRY);
  await recordedChange(
    SYSTEM,
    'demo',
    {
      action: 'registry_changed',
      screen: 'start',
      resource: { type: 'registry', id: 'demo/1' },
      details: { version: 1, previous_version: 0, entries: entries.length, sha256: registryDigest(entries).toString('hex'), note: NOTE },
    },
    async (tx) => {
      // Of two first starts on one database one keeps it, and the other finds that it is kept.
      await saveRegistry(tx, ledgerId, 0, entries, SYSTEM.id, NOTE);
    },
  );
  forgetRegistry(ledgerId);
}
