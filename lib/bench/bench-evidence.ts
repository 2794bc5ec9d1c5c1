import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { readZip } from '@/lib/chain/read-zip';
import { verifyBundle } from '@/lib/chain/verify-bundle';
import { closeDatabase } from '@/lib/db';
import { findPositions } from '@/lib/evidence/find-positions';
import { makeBundle } from '@/lib/evidence/make-bundle';
import { verifierPage } from '@/lib/evidence/verifier-page';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import { findChromium } from '@/lib/testing/find-chromium';
import type { BenchDatabase } from './bench-database';
import { runLoad } from './load';
import { fixed, median, type Row } from './tables';

/** How long a bundle takes to be made, and to be verified: by the command's code and by the page in a real browser. */
export async function benchEvidence(db: BenchDatabase, options: { rounds: number; say: (line: string) => void }): Promise<Row[]> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-bench-evidence-'));
  try {
    process.env.DATABASE_URL = db.appUrl;
    process.env.SIGNER_DIR = dir;
    const ledgerId = await db.newLedger();
    await runLoad({
      design: 'product',
      adminUrl: db.adminUrl,
      appUrl: db.appUrl,
      ledgerId,
      callers: 16,
      perCall: 100,
      seconds: 3,
      seed: 70_000,
    });
    const ledger = (await listLedgers()).find(({ id }) => id === ledgerId)!;
    await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()));
    const checkpoint = (await newestCheckpoint(ledgerId))!;
    await verifierPage();
    const make = async (records: number): Promise<Buffer> => {
      const pieces: Buffer[] = [];
      const scope = { kind: 'range', from: '0', to: String(records - 1) } as const;
      const seqs = await findPositions(ledger, scope, BigInt(checkpoint.size));
      await makeBundle({ ledger, scope, seqs, checkpoint, keep: async (_, piece) => void pieces.push(piece) });
      return Buffer.concat(pieces);
    };
    const rows: Row[] = [];
    const add = async (what: string, floor: string, work: () => Promise<number>) => {
      const took: number[] = [];
      for (let round = 0; round < options.rounds; round++) took.push(await work());
      rows.push([what, `${fixed(median(took) / 1000, 2)} s`, floor]);
      options.say(`${what}: ${fixed(median(took) / 1000, 2)} s`);
    };
    const timed = (work: () => Promise<unknown>) => async () => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };
    await add(
      'a bundle of 1,000 records is made',
      'floor 2 s',
      timed(() => make(1_000)),
    );
    await add(
      'a bundle of 10,000 records is made',
      '',
      timed(() => make(10_000)),
    );
    const bundle = await make(10_000);
    await add(
      'its 10,000 records are verified by holdfast-verify',
      '',
      timed(async () => assertSound((await verifyBundle(readZip(bundle), { hash: nodeSha256 })).verdict)),
    );
    await add('and by verify.html in Chromium', 'floor 3 s', await inBrowser(dir, bundle));
    await closeDatabase();
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** From the file being chosen to the verdict being shown, as the page's reader sees it. */
async function inBrowser(dir: string, bundle: Buffer): Promise<() => Promise<number>> {
  const page = path.join(dir, 'verify.html');
  const file = path.join(dir, 'bundle.zip');
  writeFileSync(page, await verifierPage());
  writeFileSync(file, bundle);
  return async () => {
    const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
    try {
      const tab = await browser.newPage();
      await tab.goto(pathToFileURL(page).href);
      const began = performance.now();
      await tab.locator('#file').setInputFiles(file);
      await tab.locator('#result').waitFor({ state: 'visible', timeout: 120_000 });
      const took = performance.now() - began;
      assertSound((await tab.locator('.verdict').getAttribute('class'))?.split(' ').at(-1));
      return took;
    } finally {
      await browser.close();
    }
  };
}

function assertSound(verdict: string | undefined): void {
  // Signed by the keys that came with it; that takes as long as with keys from elsewhere.
  if (verdict !== 'consistent') throw new Error(`the bundle was found ${verdict}`);
}
