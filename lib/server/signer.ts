import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase } from '@/lib/db';
import { env } from '@/lib/env';
import { closeAppenders } from '@/lib/ledger/append-records';
import { askAdoption } from '@/lib/proofs/adopt-ledger';
import { keepCheckpointing } from '@/lib/proofs/keep-checkpointing';
import { lookAtLedgers, type SignedLedger } from '@/lib/proofs/look-at-signer';
import { keyFile, openSigner } from '@/lib/proofs/open-signer';
import { beginRotation, readKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { openInstallation } from './open-installation';
import { say } from './print';

/**
 * `npm run signer -- show | rotate | adopt --because "…" [ledger …]`. Works beside a running service and without one: what is asked for lies in the signer's
 * folder, and whichever process signs a ledger does it; where none does, this one.
 */
const WAIT_MS = 120_000;
const USAGE = [
  'npm run signer -- show                                 keys, and what was signed last',
  'npm run signer -- rotate                               new keys for every ledger',
  'npm run signer -- adopt --because "…" [ledger …]       ledgers whose memory or keys were lost go on under a new name',
];

const root = process.env.HOLDFAST_ROOT ?? process.cwd();
const stateDir = path.resolve(process.env.HOLDFAST_STATE ?? path.join(root, '.holdfast'));
const [command, ...rest] = process.argv.slice(2);
// Lines are for people here; what goes wrong is said by the command.
process.env.LOG_LEVEL ??= 'silent';

process.exitCode = await main();

async function main(): Promise<number> {
  if (!['show', 'rotate', 'adopt'].includes(command ?? '')) return fail(...USAGE);
  try {
    const installation = await openInstallation(root, stateDir);
    try {
      if (env().SIGNER === 'off') return fail('SIGNER=off: another machine signs for this database. Run this there.');
      const { SIGNER_DIR } = env();
      if (command === 'show' && SIGNER_DIR !== undefined && readKeys(keyFile(SIGNER_DIR)) === null)
        return fail(
          `There are no keys at ${keyFile(SIGNER_DIR)}. A first start makes them; where they were lost, restore the folder from its copy.`,
        );
      const signer = openSigner();
      if (signer === null) return fail('SIGNER_DIR names no folder.');
      if (command === 'rotate') return await rotate();
      return command === 'adopt' ? await adopt(signer, rest) : await show(signer);
    } finally {
      await closeAppenders();
      await closeDatabase();
      await installation.close();
    }
  } catch (error) {
    return fail((error as Error).message);
  }
}

async function show(signer: Signer): Promise<number> {
  say(`  keys      ${keyFile(env().SIGNER_DIR!)}${signer.keys.next === null ? '' : ' (a rotation is under way)'}`);
  say(`  memory    ${path.join(env().SIGNER_DIR!, 'memory')}`);
  const ledgers = await lookAtLedgers(signer);
  for (const one of ledgers) tell(one);
  return ledgers.every(({ why }) => why === null) ? 0 : 1;
}

function tell({ ledger, origin, entries, kept, remembered, vkeys, why }: SignedLedger): void {
  say('');
  say(`  ${ledger.slug}: ${origin ?? 'nothing was signed yet'}`);
  say(`    entries   ${entries}`);
  if (kept !== null) say(`    signed    checkpoint ${kept.number} of ${kept.size} entries at ${kept.at.toISOString()}`);
  if (remembered !== null) say(`    memory    ${remembered.size} entries at ${remembered.at.toISOString()}`);
  for (const vkey of vkeys) say(`    key       ${vkey.length > 200 ? `${vkey.slice(0, 120)}… (${vkey.length} characters)` : vkey}`);
  if (why !== null) say(`    ${why}`);
}

async function rotate(): Promise<number> {
  const file = keyFile(env().SIGNER_DIR!);
  beginRotation(file);
  const done = await signUntil(() => readKeys(file)?.next === null);
  if (!done)
    return fail(
      'The new keys are made, and not every ledger has been handed over yet: npm run signer -- show says which is not signed, and why.',
      'It goes on by itself; the old keys sign until then.',
    );
  say(
    '  Every ledger has been handed over: the last checkpoint of the old keys bears the signatures of both, and an entry of the access log says so.',
  );
  say('  Keep a new copy of the signer’s folder. Whoever verifies needs the new keys: npm run signer -- show.');
  return 0;
}

async function adopt(signer: Signer, options: string[]): Promise<number> {
  const at = options.indexOf('--because');
  const because = at === -1 ? undefined : options[at + 1]?.trim();
  if (because === undefined || because.length < 3) return fail('Say why: --because "…". It stands in the access log.');
  const named = options.filter((_, i) => i !== at && i !== at + 1);
  const before = await lookAtLedgers(signer);
  const unknown = named.filter((slug) => !before.some(({ ledger }) => ledger.slug === slug));
  if (unknown.length > 0) return fail(`There is no ledger ${unknown.join(', ')}.`);
  const lost = before.filter(({ ledger, why }) => why !== null && (named.length === 0 || named.includes(ledger.slug)));
  if (lost.length === 0) return fail('This signer signs those ledgers: there is nothing to adopt.');
  for (const { ledger } of lost) askAdoption(env().SIGNER_DIR!, ledger.slug, because);
  const slugs = lost.map(({ ledger }) => ledger.slug);
  const done = await signUntil(async () =>
    (await lookAtLedgers(signer)).every(({ ledger, why, kept }) => !slugs.includes(ledger.slug) || (why === null && kept !== null)),
  );
  for (const one of await lookAtLedgers(signer)) if (slugs.includes(one.ledger.slug)) tell(one);
  if (!done) return fail('', 'Not every ledger goes on yet.');
  say('');
  say('  What was signed under the old names stays as it is. A compliance officer settles the alarm with a reason.');
  return 0;
}

/** Signs where no other process does, until it is done. @returns false when it takes too long */
async function signUntil(done: () => boolean | Promise<boolean>): Promise<boolean> {
  const stop = keepCheckpointing();
  try {
    const until = performance.now() + WAIT_MS;
    while (performance.now() < until) {
      if (await done()) return true;
      await sleep(250);
    }
    return false;
  } finally {
    await stop();
  }
}

function fail(...lines: string[]): number {
  for (const line of lines) say(`  ${line}`);
  return 1;
}
