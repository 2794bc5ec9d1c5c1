import 'server-only';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import * as z from 'zod/mini';
import { equalBytes } from '@/lib/chain/bytes';
import { treeRoot } from '@/lib/chain/tiles';
import { env } from '@/lib/env';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { dbTiles } from '@/lib/ledger/read-tree';
import { sealTree } from '@/lib/ledger/seal-tree';
import { type Signer, SignerRefusal } from '@/lib/signer/sign-checkpoint';
import { replaceKeys } from './ledger-keys';
import type { Incarnation, KeptCheckpoint } from './read-signing';

const Request = z.strictObject({ ledger: z.string(), because: z.string() });

/**
 * An operator's word that this machine's signer takes a ledger over although its memory or its keys are not those that signed it. It lies in the signer's
 * folder, where only who may sign can put it, until the running process reads it.
 */
export function askAdoption(dir: string, ledger: string, because: string): void {
  mkdirSync(path.join(dir, 'adopt'), { recursive: true, mode: 0o700 });
  writeFileSync(requestFile(dir, ledger), `${JSON.stringify({ ledger, because })}\n`, { mode: 0o600 });
}

function requestFile(dir: string, ledger: string): string {
  return path.join(dir, 'adopt', `${ledger}.json`);
}

/**
 * Takes the newest kept checkpoint for the signer's own, if an operator asked for it and the tree still is what that checkpoint says.
 * @returns whether it was asked for. @throws SignerRefusal where the tree is another: then there is nothing to take over.
 */
export async function adoptIfAsked(
  client: pg.ClientBase,
  ledger: LedgerRow,
  incarnation: Incarnation,
  { keys, memory }: Signer,
  newest: KeptCheckpoint | null,
): Promise<boolean> {
  const dir = env().SIGNER_DIR;
  if (dir === undefined || newest === null || !existsSync(requestFile(dir, ledger.slug))) return false;
  const { because } = Request.parse(JSON.parse(readFileSync(requestFile(dir, ledger.slug), 'utf8')));
  while (!(await sealTree(client, ledger.id, newest.size)).done);
  const root = await treeRoot(dbTiles(ledger.id, client), newest.size, nodeSha256);
  if (!equalBytes(root, newest.root))
    throw new SignerRefusal(
      'inconsistent',
      'The ledger is not what its newest checkpoint says; it cannot be taken over. Run npm run fsck.',
      null,
    );
  const last = memory.read(incarnation.origin);
  await replaceKeys(ledger, incarnation, keys.current, newest.size, { change: 'adopted', because });
  await memory.compareAndSwap(last, {
    origin: incarnation.origin,
    size: newest.size,
    root: newest.root,
    timestamp: BigInt(Math.floor(newest.signedAt.getTime() / 1000)),
    note: newest.note,
  });
  rmSync(requestFile(dir, ledger.slug), { force: true });
  return true;
}
