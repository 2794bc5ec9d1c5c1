import { expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { readComparand } from './read-comparand';

function zipOf(files: Record<string, string>): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const zip = new ZipFile();
    for (const [path, text] of Object.entries(files))
      zip.addBuffer(Buffer.from(text), path, { compress: false, mtime: new Date(0), forceDosTimestamp: true });
    const parts: Buffer[] = [];
    zip.outputStream.on('data', (part: Buffer) => parts.push(part));
    zip.outputStream.on('end', () => resolve(new Blob([Buffer.concat(parts)])));
    zip.outputStream.on('error', reject);
    zip.end();
  });
}

it('sends a checkpoint or a receipt as it stands', async () => {
  expect(await readComparand(new Blob(['origin\n1\nroot\n\n— sig\n']))).toEqual({
    comparand: { text: 'origin\n1\nroot\n\n— sig\n' },
    own: null,
  });
});
it('sends nothing of a bundle but its checkpoint, and tells what the bundle is by itself', async () => {
  const bundle = await zipOf({ checkpoint: 'the note', 'records/000000000001.json': '{"subject_id":"P-1017"}' });
  expect(await readComparand(bundle)).toEqual({
    comparand: { text: 'the note', what: 'bundle' },
    own: { verdict: 'cannot_verify', records: 0, fault: expect.stringContaining('no manifest.json') },
  });
});
it('says why a file is not taken', async () => {
  await expect(readComparand(await zipOf({ 'photo.jpg': 'x' }))).rejects.toThrow('no evidence bundle');
  await expect(readComparand(new Blob(['x'.repeat(1_048_577)]))).rejects.toThrow('too large');
  await expect(readComparand(new Blob(['PK and then nothing of a zip']))).rejects.toThrow();
});
