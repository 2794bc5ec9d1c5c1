import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Other people's test vectors lie beside the checkout where there are any; they are no part of it. */
export const VECTORS = path.resolve(process.cwd(), '../shared/vectors');

/** Says so where tests are skipped for want of vectors. */
export function haveVectors(folder: string): boolean {
  const found = existsSync(path.join(VECTORS, folder));
  if (!found) console.warn(`No test vectors at ${path.join(VECTORS, folder)}: their tests are skipped.`);
  return found;
}

export function vector(name: string): Buffer {
  return readFileSync(path.join(VECTORS, name));
}
