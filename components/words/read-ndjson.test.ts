import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RevealedPart, readRevealed } from './read-ndjson';

const line = (i: number) => ({ record_id: `r-${i}`, seq: String(i), index: 0, part: 'response', text: `Grüß Gott, \u202e ${i}\n"x"` });
const stream = (text: string, cuts: number[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      const bytes = new TextEncoder().encode(text);
      let from = 0;
      for (const cut of [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
        controller.enqueue(bytes.subarray(from, cut));
        from = cut;
      }
      controller.close();
    },
  });
const send = (lines: object[]) => lines.map((one) => `${JSON.stringify(one)}\n`).join('');
async function read(text: string, cuts: number[] = []): Promise<RevealedPart[]> {
  const got: RevealedPart[] = [];
  await readRevealed(stream(text, cuts), (one) => got.push(one));
  return got;
}

describe('revealed words', () => {
  it('arrive whole, wherever the network cuts them, also within a letter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.array(fc.nat(2_000)), async (count, cuts) => {
        const lines = Array.from({ length: count }, (_, i) => line(i));
        expect(await read(send([...lines, { end: true, parts: count, revealed: count, next_after: null }]), cuts)).toEqual(lines);
      }),
    );
  });

  it('that end before their last line are told to be incomplete', async () => {
    await expect(read(send([line(1), line(2)]))).rejects.toThrow('not be all');
    await expect(read(send([line(1), { end: true, parts: 2, revealed: 2, next_after: null }]))).rejects.toThrow('not be all');
  });
});
