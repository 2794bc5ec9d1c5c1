import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readJsonBody } from './read-json-body';

const Body = z.strictObject({ say: z.string() });

function sending(bytes: number, step = 65_536): { request: Request; left: () => number } {
  let left = bytes;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close();
      const part = new Uint8Array(Math.min(step, left)).fill(0x20);
      left -= part.length;
      controller.enqueue(part);
    },
  });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
  return { request: new Request('http://here/', init), left: () => left };
}

it('reads a body that is too large to its end before it refuses, so that the sender is there to hear it', async () => {
  const { request, left } = sending(3_000_000);
  await expect(readJsonBody(request, Body)).rejects.toMatchObject({ code: 'body_too_large' });
  expect(left()).toBe(0);
});

it('does not read for ever', async () => {
  const { request, left } = sending(100_000_000);
  await expect(readJsonBody(request, Body)).rejects.toMatchObject({ code: 'body_too_large' });
  expect(left()).toBeGreaterThan(80_000_000);
});
