import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { listRotations } from '@/lib/ledger/read-vault';
import { openVault } from '@/lib/vault/open-vault';
import { continueRotation, countWrapped } from '@/lib/vault/rotate-keys';
import { beginRotation, forgetOldKeys } from '@/lib/words/rotate-vault';
import { openInstallation } from './open-installation';
import { say } from './print';

/**
 * `npm run vault -- show | rotate | forget`. Works beside a running service and without one. A rotation that is interrupted goes on when it is asked for again, or
 * when the service runs.
 */
const USAGE = [
  'npm run vault -- show        the keys that wrap data keys, and how a change of them goes',
  'npm run vault -- rotate      a new key for the file, or the one that is configured of a service; everything is wrapped with it',
  'npm run vault -- forget      old keys of the file, with which nothing is wrapped any more',
];
const LOOK_MS = 1_000;

const root = process.env.HOLDFAST_ROOT ?? process.cwd();
const stateDir = path.resolve(process.env.HOLDFAST_STATE ?? path.join(root, '.holdfast'));
const [command, ...rest] = process.argv.slice(2);
// Lines are for people here; what goes wrong is said by the command.
process.env.LOG_LEVEL ??= 'silent';

process.exitCode = await main();

async function main(): Promise<number> {
  if (rest.length > 0 || !['show', 'rotate', 'forget'].includes(command ?? '')) return fail(...USAGE);
  try {
    const installation = await openInstallation(root, stateDir);
    try {
      if (command === 'rotate') return await rotate();
      if (command === 'forget') return await forget();
      return await show();
    } finally {
      await closeAppenders();
      await closeDatabase();
      await installation.close();
    }
  } catch (error) {
    return fail((error as Error).message);
  }
}

async function show(): Promise<number> {
  const vault = openVault();
  say('');
  say(`  ${vault.current.id}`);
  say(`  ${vault.current.place}`);
  say('');
  const wrapped = await countWrapped(pool('screens'));
  for (const { kek_id: id, count } of wrapped) {
    const state = id === vault.current.id ? 'current' : vault.find(id) === null ? 'NOT HERE: what it wrapped cannot be opened' : 'older';
    say(`  ${count.toLocaleString('en').padStart(12)} keys wrapped with ${id} (${state})`);
  }
  if (wrapped.length === 0) say('  Nothing was sealed yet.');
  const [last] = await listRotations(prisma());
  if (last !== undefined) {
    const state = last.finished_at === null ? 'goes on' : `ended ${last.finished_at}`;
    say('');
    say(`  Rotation to ${last.to}, begun ${last.started_at} by ${last.started_by}: ${last.done} of ${last.total}, ${state}`);
    if (last.last_error !== null) say(`  ${last.last_error}`);
  }
  say('');
  return wrapped.every(({ kek_id: id }) => vault.find(id) !== null) ? 0 : 1;
}

async function rotate(): Promise<number> {
  const open = (await listRotations(prisma())).find(({ finished_at }) => finished_at === null);
  if (open === undefined || open.to !== openVault().current.id) {
    const begun = await beginRotation(SYSTEM, 'the command line', null);
    say(`  New key: ${begun.to}. Copy the key file to where its backup is before you go on using it.`);
  } else say(`  Going on with the rotation to ${open.to}.`);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let told = -1n;
  for (;;) {
    const step = await continueRotation(stop.signal, ({ done, total }) => {
      const tenth = total === 0n ? 10n : (done * 10n) / total;
      if (tenth > told) say(`  ${done} of ${total} wrapped anew`);
      told = tenth;
    });
    if (step === 'finished' || step === 'none') break;
    if (stop.signal.aborted) return fail('Interrupted. It goes on when the service runs, or when you ask for it again.');
    const [now] = await listRotations(prisma());
    if (now?.last_error != null) say(`  Waiting: ${now.last_error}`);
    await sleep(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {});
  }
  const [ended] = await listRotations(prisma());
  if (ended?.last_error != null) return fail(`Ended: ${ended.last_error}.`);
  say(
    '  Everything is wrapped with the new key. The old one still opens backups from before: npm run vault -- forget, once they are gone.',
  );
  return 0;
}

async function forget(): Promise<number> {
  for (const id of await forgetOldKeys(SYSTEM)) say(`  Forgotten: ${id}`);
  return 0;
}

function fail(...lines: string[]): number {
  say('');
  for (const line of lines) say(`  ${line}`);
  return 1;
}
