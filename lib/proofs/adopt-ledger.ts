import 'server-only';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { env } from '@/lib/env';

const Request = z.strictObject({ ledger: z.string(), because: z.string() });

/**
 * An operator's word that a ledger goes on although this machine's signer does not remember what was signed, or has other keys. It lies in the signer's
 * folder, where only who may sign can put it, until the running process reads it.
 */
export function askAdoption(dir: string, ledger: string, because: string): void {
  mkdirSync(path.join(dir, 'adopt'), { recursive: true, mode: 0o700 });
  const file = requestFile(dir, ledger);
  writeFileSync(`${file}.new`, `${JSON.stringify({ ledger, because })}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** @returns why, in the operator's words; null where nobody has asked. */
export function askedAdoption(ledger: string): string | null {
  const dir = env().SIGNER_DIR;
  if (dir === undefined || !existsSync(requestFile(dir, ledger))) return null;
  return Request.parse(JSON.parse(readFileSync(requestFile(dir, ledger), 'utf8'))).because;
}

/** It was done, or is not needed: a word that lies about must not settle the next loss, which nobody has looked at. */
export function dropAdoption(ledger: string): void {
  const dir = env().SIGNER_DIR;
  if (dir !== undefined && existsSync(requestFile(dir, ledger))) rmSync(requestFile(dir, ledger), { force: true });
}

function requestFile(dir: string, ledger: string): string {
  return path.join(dir, 'adopt', `${ledger}.json`);
}
