import { DETECTORS, type Detector } from './detectors';
import { OUTSIDE, SIZE } from './drill-world';
import type { DrillRow } from './run-drills';

/** A column of the table; its name is explained below it. */
export const HEADS: Record<Detector, string> = {
  verification: 'Verification',
  tiles: 'Tiles client',
  witness: 'Witness',
  receipt: 'Kept receipt',
  signer: 'Signer',
};

/** docs/drills.md. @param made when, as YYYY-MM-DD */
export function drillPage(rows: readonly DrillRow[], made: string): string {
  const found = rows.filter(({ findings }) => DETECTORS.some((detector) => findings[detector].found !== null)).length;
  return `# Tamper drills

\`npm run drill\` makes a database that is thrown away, fills a ledger of ${SIZE.toLocaleString('en')} entries for each attack, signs it, and attacks it as a superuser of the
database for whom no trigger stands in the way. Then it asks everyone who could notice. The command writes this page; a test makes the same drills and fails
where the table is no longer true. It ends with 1 where an attack is not found by exactly those who must find it.

Below: what each one found, where, and in how many milliseconds; – where it found nothing. ${made}: ${found} of ${rows.length - 1} attacks found; where nothing was done, nothing
was found.

${table(rows)}

## Who looks

- **Verification**: a run over the whole ledger, as the schedule makes it. It reads every entry, record, tile, checkpoint, legal hold and destruction, and compares with the signer's
  memory and with what earlier runs saw. It runs on this installation: who owns the installation owns it too.
- **Tiles client**: somebody outside who downloads checkpoint, tiles and entry hashes from \`/api/tlog/\` and computes the root. It sees hashes and no words.
- **Witness**: somebody outside who has cosigned the checkpoint over ${OUTSIDE} entries and is asked to cosign the newest (C2SP tlog-witness).
- **Kept receipt**: somebody who kept the receipt of one record with its proof, and brings it (Integrity → bring your own).
- **Signer**: at its next checkpoint, by its own memory outside the database. It *refuses to sign*, or goes on under the name of a new incarnation and raises an
  alarm that stands until a person settles it.

## What each cannot see

A body or a column can be edited without a hash changing: the tree holds hashes, so that only verification, which reads the words, finds it. It finds it because
the entry still holds the body's hash; whoever changes that as well meets the chain, and whoever makes the chain anew meets the tree, the signer and everyone
outside.

The last two rows are the same attack, by somebody who owns application, database, signer and its memory together. With a checkpoint or a receipt held outside it is
found, and cannot be made good. **Before anything is held outside, nothing finds it**: that is why the shell shows the newest anchor and its age, and why an alarm is
raised when it grows old. Nothing here can prove that an agent told everything, or the truth.
`;
}

export function table(rows: readonly DrillRow[]): string {
  const head = ['Attack', ...DETECTORS.map((detector) => HEADS[detector])];
  const lines = rows.map(({ attack, findings }) => [
    `**${attack.name}.** ${attack.how}`,
    ...DETECTORS.map((detector) => {
      const { found, ms } = findings[detector];
      return found === null ? '–' : `${found}; ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
    }),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The table without its figures: what of it is the same in every run. */
export function withoutTimes(page: string): string {
  return page.replace(/; [\d.]+ ms/g, '').replace(/\d{4}-\d{2}-\d{2}:/, '');
}
