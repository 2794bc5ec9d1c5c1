import 'server-only';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

let made: Promise<Buffer> | null = null;

/** verify.html, one file that works without a network: as it was built, or built now in a checkout that has not been. */
export function verifierPage(): Promise<Buffer> {
  made ??= build().catch((error) => {
    made = null;
    throw error;
  });
  return made;
}

/** SHA-256 of it, hex: by which somebody knows a verify.html that came from elsewhere. */
export async function verifierDigest(): Promise<string> {
  return createHash('sha256')
    .update(await verifierPage())
    .digest('hex');
}

async function build(): Promise<Buffer> {
  const folder = path.join(process.env.HOLDFAST_ROOT ?? process.cwd(), 'lib/verifier');
  const builder: { buildVerifier(): Promise<{ page: string }> } = await import(
    /* webpackIgnore: true */ /* turbopackIgnore: true */ pathToFileURL(path.join(folder, 'build.mjs')).href
  );
  return readFile((await builder.buildVerifier()).page);
}
