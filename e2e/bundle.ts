import { createHash } from 'node:crypto';
import yazl from 'yazl';
import { MANIFEST } from '@/lib/chain/bundle-format';
import { readZip } from '@/lib/chain/read-zip';
import { callAs } from './people';

/** A bundle as the product makes it for an auditor. */
export async function exportBundle(scope: unknown): Promise<Buffer> {
  const asked = await callAs('auditor', '/api/v1/exports', { body: { scope } });
  if (asked.status !== 202) throw new Error(`the export was answered ${asked.status}: ${await asked.text()}`);
  const { id } = (await asked.json()) as { id: string };
  for (let i = 0; i < 300; i++) {
    const { state, error } = (await (await callAs('auditor', `/api/v1/exports/${id}`)).json()) as { state: string; error: string | null };
    if (state === 'done') return Buffer.from(await (await callAs('auditor', `/api/v1/exports/${id}/file`)).arrayBuffer());
    if (state === 'failed') throw new Error(`the export failed: ${error}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the export was not made in a minute');
}

/** The bundle as somebody would forge it who knows the format: files changed, and the manifest's hashes made to agree. */
export async function forgeBundle(bundle: Uint8Array, change: (files: Map<string, Buffer>) => unknown): Promise<Buffer> {
  const files = new Map([...readZip(bundle)].map(([path, bytes]) => [path, Buffer.from(bytes)]));
  change(files);
  const manifest = JSON.parse(files.get(MANIFEST)!.toString());
  for (const line of manifest.files) {
    const bytes = files.get(line.path);
    if (bytes !== undefined) Object.assign(line, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  files.set(MANIFEST, Buffer.from(JSON.stringify(manifest)));
  const zip = new yazl.ZipFile();
  for (const [path, bytes] of files) zip.addBuffer(bytes, path, { compress: false, mtime: new Date(0), forceDosTimestamp: true });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
