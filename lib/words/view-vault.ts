import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { keysInUse, listRotations } from '@/lib/ledger/read-vault';
import type { VaultDto } from '@/lib/schema/words';
import { openVault, type Vault } from '@/lib/vault/open-vault';

/** The vault of the installation, for whoever changes its key: where it is, what is wrapped with what, and how a change goes. @throws RefusalError as auditedRead */
export async function viewVault(viewer: Viewer, asked: string | null): Promise<VaultDto> {
  const what = { action: 'screen_viewed' as const, screen: '/settings/vault' };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'vault.rotate', what, async () => {
    const { in_use, rotations } = await boundedRead(async (tx) => ({ in_use: await keysInUse(tx), rotations: await listRotations(tx) }));
    const opened = open();
    if (typeof opened === 'string') return { current: null, fault: opened, in_use, missing: in_use, rotations };
    const { id, place } = opened.current;
    return { current: { id, place }, fault: null, in_use, missing: in_use.filter((used) => opened.find(used) === null), rotations };
  });
}

/** A vault that cannot be opened is what this page has to be able to tell. */
function open(): Vault | string {
  try {
    return openVault();
  } catch (error) {
    return error instanceof Error && error.name === 'VaultError' ? error.message : 'The vault cannot be opened.';
  }
}
