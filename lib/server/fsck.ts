import path from 'node:path';
import { closeDatabase } from '@/lib/db';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { checkRetentionSums } from '@/lib/retention/check-sums';
import { type CountsFound, checkCounts } from '@/lib/verification/check-counts';
import { verdictOf } from '@/lib/verification/run-verification';
import { type Outcome, verifyEntries } from '@/lib/verification/verify-entries';
import { checkArchiveAlone, oneLine } from './check-archive-alone';
import { type OpenInstallation, openInstallation } from './open-installation';
import { say } from './print';
import { repairCounts } from './repair-counts';
import { repairTiles } from './repair-tiles';

/**
 * `npm run fsck`: derives everything anew from the ledgers alone (chain, records, columns, conversations, tree, tiles, checkpoints, keys, the signer's
 * memory, counts) in a process of its own, and writes nothing. Options: --ledger SLUG; --archive fetches what is archived and verifies it too; --archive-only PLACE
 * (a folder, or s3://bucket/prefix) checks an archive by itself, without a database, with the keys of --keys FILE (keys.json of an evidence bundle); --repair-tiles makes stored tiles anew from the entries, where they alone
 * are broken; --repair-counts makes the counts of overviews anew. Ends with 0 where all is sound, 1 where something is broken, 2 where it could not be checked.
 */
const SOUND = 0;
const BROKEN = 1;
const UNCHECKED = 2;
const BREAKS_SHOWN = 20;
const MARKS = { passed: 'ok     ', failed: 'BROKEN ', not_checked: '–      ' } as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let opened: OpenInstallation | null = null;
  try {
    const options = readOptions(args);
    if (options.archiveOnly !== null) return (await checkArchiveAlone(options.archiveOnly, options.keys)) ? SOUND : BROKEN;
    const root = process.env.HOLDFAST_ROOT ?? process.cwd();
    opened = await openInstallation(root, path.resolve(process.env.HOLDFAST_STATE ?? path.join(root, '.holdfast')));
    const ledgers = (await listLedgers()).filter(({ slug }) => options.ledger === null || slug === options.ledger);
    if (ledgers.length === 0) throw new Error(options.ledger === null ? 'there are no ledgers' : `there is no ledger "${options.ledger}"`);
    let sound = true;
    for (const ledger of ledgers) {
      sound = (await check(ledger, options.repairTiles ? opened.adminUrl : null, options.archive)) && sound;
      sound = (await checkOverviews(ledger, options.repairCounts ? opened.adminUrl : null)) && sound;
    }
    say('');
    say(sound ? '  Sound.' : '  BROKEN: the ledgers above name what and where.');
    return sound ? SOUND : BROKEN;
  } catch (error) {
    say('');
    say(`  Could not check: ${(error as Error).message}`);
    return UNCHECKED;
  } finally {
    await closeDatabase().catch(() => {});
    await opened?.close().catch((error: Error) => say(`  ${error.message}`));
  }
}

interface Options {
  ledger: string | null;
  repairTiles: boolean;
  repairCounts: boolean;
  archive: boolean;
  archiveOnly: string | null;
  keys: string | null;
}

function readOptions(args: string[]): Options {
  const options: Options = { ledger: null, repairTiles: false, repairCounts: false, archive: false, archiveOnly: null, keys: null };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--repair-tiles') options.repairTiles = true;
    else if (args[i] === '--repair-counts') options.repairCounts = true;
    else if (args[i] === '--archive') options.archive = true;
    else if (args[i] === '--ledger' && args[i + 1] !== undefined) options.ledger = args[++i];
    else if (args[i] === '--archive-only' && args[i + 1] !== undefined) options.archiveOnly = args[++i];
    else if (args[i] === '--keys' && args[i + 1] !== undefined) options.keys = args[++i];
    else
      throw new Error(
        `there is no option ${args[i]}; there are --ledger SLUG, --archive, --archive-only PLACE, --keys FILE, --repair-tiles and --repair-counts`,
      );
  }
  return options;
}

/** @param adminUrl of a superuser, where tiles are to be made anew. */
async function check(ledger: LedgerRow, adminUrl: string | null, archive: boolean): Promise<boolean> {
  say('');
  say(`  ${ledger.slug}  ${ledger.origin}`);
  let outcome = await examine(ledger, archive);
  if (adminUrl !== null && outcome.breaks.total > 0) {
    say(`    ${await repairTiles(adminUrl, ledger.id, outcome)}`);
    outcome = await examine(ledger, archive);
  }
  return outcome.breaks.total === 0;
}

/** What overviews count, beside what is evidence. @param adminUrl of a superuser, where counts are to be made anew. */
async function checkOverviews(ledger: LedgerRow, adminUrl: string | null): Promise<boolean> {
  let found = await compareCounts(ledger.id);
  if (adminUrl !== null && found.apart > 0) {
    say(`    ${await repairCounts(adminUrl, ledger.id)}`);
    found = await compareCounts(ledger.id);
  }
  const upTo = found.countedTo < 0n ? 'nothing is counted yet' : `up to position ${found.countedTo.toLocaleString('en')}`;
  const words = `Counts of overviews, ${upTo}${found.apart === 0 ? '' : `: ${found.apart.toLocaleString('en')} differ; --repair-counts makes them anew`}.`;
  say(`    ${MARKS[found.apart === 0 ? 'passed' : 'failed']} ${'counts'.padEnd(14)} ${words}`);
  for (const difference of found.differences) say(`      ${oneLine(difference)}`);
  return found.apart === 0;
}

/** Those of the overview and those that retention is decided over. */
async function compareCounts(ledgerId: number): Promise<CountsFound> {
  const [counts, sums] = [await checkCounts(ledgerId), await checkRetentionSums(ledgerId)];
  return { countedTo: counts.countedTo, differences: [...counts.differences, ...sums.differences], apart: counts.apart + sums.apart };
}

type Examined = Outcome & Awaited<ReturnType<typeof verifyEntries>>;

async function examine(ledger: LedgerRow, archive: boolean): Promise<Examined> {
  const began = performance.now();
  const outcome = await verifyEntries({
    ledgerId: ledger.id,
    scope: { kind: 'ledger' },
    everySignature: true,
    archive,
    onProgress: () => {},
  });
  for (const { name, outcome: result, say: words } of outcome.checks) say(`    ${MARKS[result]} ${name.padEnd(14)} ${words}`);
  const { breaks } = outcome;
  for (const found of breaks.kept().slice(0, BREAKS_SHOWN)) {
    say(`      #${found.seq} ${found.code}${found.recordId === null ? '' : ` ${found.recordId}`}`);
    say(`        expected ${oneLine(found.expected)}`);
    say(`        found    ${oneLine(found.found)}`);
  }
  if (breaks.total > BREAKS_SHOWN) say(`      … ${(breaks.total - BREAKS_SHOWN).toLocaleString('en')} more`);
  const seconds = (performance.now() - began) / 1000;
  say(`    ${verdictOf(outcome.checked, breaks)}: ${outcome.checked.toLocaleString('en')} entries in ${seconds.toFixed(1)} s`);
  return outcome;
}
