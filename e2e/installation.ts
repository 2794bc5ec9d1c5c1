import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Role } from '@/lib/schema/vocabulary';

/** What the installation under test wrote down for scripts (`demo.json` in its state directory). */
export interface Installation {
  url: string;
  ledger: string;
  agentName: string;
  ingestKey: string;
  adminDatabaseUrl: string;
  signIns: { role: Role; email: string; password: string }[];
}

const state = process.env.E2E_STATE;
if (state === undefined) throw new Error('E2E_STATE names no installation: run these tests by `npm run test:e2e`.');

export const installation: Installation = JSON.parse(readFileSync(path.join(state, 'demo.json'), 'utf8'));
export const origin: string = process.env.E2E_URL ?? installation.url;

export function accountOf(role: Role): { email: string; password: string } {
  const found = installation.signIns.find((signIn) => signIn.role === role);
  if (found === undefined) throw new Error(`the installation has no ${role}`);
  return found;
}

/** One connection a call: a kept one, of which the answer came before its body was read, may end under the call after it. */
export const ONE_CALL = { connection: 'close' };
/** What a browser sends along with a request of one of our own pages. */
export const OWN_PAGE = { origin, 'sec-fetch-site': 'same-origin', ...ONE_CALL };
