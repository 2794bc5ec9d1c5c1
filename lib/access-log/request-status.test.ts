import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { overrideStatus } from '@/lib/auth/request-context';
import { runWithStatus } from './request-status';

async function answerOf(work: (response: ServerResponse) => Promise<void> | void): Promise<Response> {
  const server = createServer((_, response) => void runWithStatus(response, () => work(response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
  }
}

describe('the status of a page that was refused', () => {
  it('is the refusal’s, though the framework sets another', async () => {
    const answer = await answerOf(async (response) => {
      await Promise.resolve();
      overrideStatus(503, { 'Retry-After': '1' });
      response.statusCode = 500;
      response.end('x');
    });
    expect([answer.status, answer.headers.get('retry-after'), answer.statusText]).toEqual([503, '1', 'Service Unavailable']);
  });

  it('is the refusal’s also where the head is written in one call', async () => {
    const answer = await answerOf((response) => {
      overrideStatus(403);
      response.writeHead(200, 'OK', { 'X-Own': 'kept' }).end('x');
    });
    expect([answer.status, answer.headers.get('x-own')]).toEqual([403, 'kept']);
  });

  it('stays what the page says where nothing was refused, and after the head has left', async () => {
    const answer = await answerOf((response) => {
      response.writeHead(201);
      response.flushHeaders();
      overrideStatus(503);
      response.end('x');
    });
    expect(answer.status).toBe(201);
  });

  it('is nobody’s outside a request', () => {
    expect(() => overrideStatus(503)).not.toThrow();
  });
});
