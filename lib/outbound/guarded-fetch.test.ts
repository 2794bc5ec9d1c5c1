import { execFileSync } from 'node:child_process';
import dns from 'node:dns';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasOpenssl } from '@/lib/testing/time-authority';
import { guardedFetch } from './guarded-fetch';
import { isPublicAddress } from './public-address';

const LIMITS = { method: 'GET', maxBytes: 1000, timeoutMs: 1_000 } as const;
let server: http.Server;
let port: number;
let seen: { method?: string; url?: string; headers: http.IncomingHttpHeaders; body: string; socket: unknown }[];
let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
beforeEach(async () => {
  seen = [];
  answer = (_request, response) => response.end('ok');
  process.env.DATABASE_URL ??= 'postgresql://nobody@localhost/none';
  server = http.createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body, socket: request.socket });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  vi.restoreAllMocks();
  delete process.env.OUTBOUND_ALLOW;
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});
const allow = (list: string) => {
  process.env.OUTBOUND_ALLOW = list;
};

describe('an address that is not in the open Internet', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://0/',
    'https://localhost/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://168.63.129.16/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
  ])('is not asked: %s', async (address) => {
    await expect(guardedFetch(address, LIMITS)).rejects.toMatchObject({ code: 'address_refused' });
  });

  it('is not asked under a name either, nor when a public address stands beside it', async () => {
    const lookup = vi.spyOn(dns.promises, 'lookup');
    lookup.mockResolvedValue([{ address: '127.0.0.1', family: 4 }] as never);
    await expect(guardedFetch(`https://inside.example:${port}/`, LIMITS)).rejects.toMatchObject({ code: 'address_refused' });
    lookup.mockResolvedValue([
      { address: '8.8.8.8', family: 4 },
      { address: '::1', family: 6 },
    ] as never);
    await expect(guardedFetch(`https://inside.example:${port}/`, LIMITS)).rejects.toMatchObject({ code: 'address_refused' });
    expect(seen).toEqual([]);
  });

  it('is recognised in every spelling of an IPv4 address within IPv6', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }), (high, low) => {
        const tail = `${high.toString(16)}:${low.toString(16)}`;
        for (const prefix of ['::ffff:', '::', '64:ff9b::', '::ffff:0:', '64:ff9b:1::']) expect(isPublicAddress(prefix + tail)).toBe(false);
      }),
    );
    expect(isPublicAddress('8.8.8.8')).toBe(true);
    expect(isPublicAddress('2606:4700::1111')).toBe(true);
    expect(isPublicAddress('fe80::1%eth0')).toBe(false);
    expect(isPublicAddress('witness.example')).toBe(false);
  });
});

describe('an address that nobody should enter', () => {
  it.each([
    'http://witness.example/',
    'ftp://witness.example/',
    'file:///etc/passwd',
    'https://a:b@witness.example/',
    'witness.example',
    '',
  ])('is refused before its name is asked for: "%s"', async (address) => {
    const lookup = vi.spyOn(dns.promises, 'lookup');
    await expect(guardedFetch(address, LIMITS)).rejects.toMatchObject({ code: 'url_refused' });
    expect(lookup).not.toHaveBeenCalled();
  });
});

describe('a host that is allowed', () => {
  it('is asked although it is this machine, in the clear, with what was given', async () => {
    allow(`10.0.0.1, 127.0.0.1:${port}`);
    answer = (_request, response) => response.writeHead(201, { 'content-type': 'text/x' }).end('held');
    const got = await guardedFetch(`http://127.0.0.1:${port}/a?b`, { ...LIMITS, method: 'POST', body: 'hé', headers: { 'x-kind': 'one' } });
    expect({ ...got, body: got.body.toString() }).toMatchObject({ status: 201, body: 'held', headers: { 'content-type': 'text/x' } });
    expect(seen).toMatchObject([{ method: 'POST', url: '/a?b', body: 'hé', headers: { 'x-kind': 'one', 'content-length': '3' } }]);
  });

  it('is allowed at the port that is listed, and at no other', async () => {
    allow(`127.0.0.1:${port + 1}`);
    await expect(guardedFetch(`https://127.0.0.1:${port}/`, LIMITS)).rejects.toMatchObject({ code: 'address_refused' });
    await expect(guardedFetch(`http://127.0.0.1:${port}/`, LIMITS)).rejects.toMatchObject({ code: 'url_refused' });
    allow('127.0.0.1');
    expect((await guardedFetch(`http://127.0.0.1:${port}/`, LIMITS)).status).toBe(200);
  });

  it('is asked at the address that was looked at: its name is resolved once', async () => {
    allow('witness.example');
    const lookup = vi.spyOn(dns.promises, 'lookup');
    lookup.mockResolvedValueOnce([{ address: '127.0.0.1', family: 4 }] as never);
    lookup.mockRejectedValue(new Error('asked twice'));
    const system = vi.spyOn(dns, 'lookup');
    expect((await guardedFetch(`http://witness.example:${port}/`, LIMITS)).status).toBe(200);
    expect(seen[0].headers.host).toBe(`witness.example:${port}`);
    expect(system).not.toHaveBeenCalled();
  });

  it('is asked again over the same connection', async () => {
    allow('127.0.0.1');
    await guardedFetch(`http://127.0.0.1:${port}/1`, LIMITS);
    await guardedFetch(`http://127.0.0.1:${port}/2`, LIMITS);
    expect(seen[0].socket).toBe(seen[1].socket);
  });

  it('leads nowhere else', async () => {
    allow('127.0.0.1');
    answer = (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    expect((await guardedFetch(`http://127.0.0.1:${port}/`, LIMITS)).status).toBe(302);
    expect(seen).toHaveLength(1);
  });
});

describe('a host that does not behave', () => {
  beforeEach(() => allow('127.0.0.1,nowhere.invalid'));
  const ask = () => guardedFetch(`http://127.0.0.1:${port}/`, { ...LIMITS, timeoutMs: 300 });

  it('is given up where it says nothing, or never comes to an end', async () => {
    answer = () => {};
    await expect(ask()).rejects.toMatchObject({ code: 'timeout' });
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    };
    await expect(ask()).rejects.toMatchObject({ code: 'timeout' });
  });

  it('is given up where its name is never answered', async () => {
    vi.spyOn(dns.promises, 'lookup').mockReturnValue(new Promise(() => {}) as never);
    await expect(guardedFetch('https://slow.example/', { ...LIMITS, timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('is cut off after as many bytes as were asked for', async () => {
    answer = (_request, response) => response.end('x'.repeat(1001));
    await expect(ask()).rejects.toMatchObject({ code: 'too_large' });
    answer = (_request, response) => response.end('x'.repeat(1000));
    expect((await ask()).body.length).toBe(1000);
  });

  it('is unreachable where it hangs up or is not there, and its answer is not repeated to anyone', async () => {
    answer = (request) => request.socket.destroy();
    await expect(ask()).rejects.toMatchObject({ code: 'unreachable' });
    answer = (request) => void request.socket.end('SECRET of another service\n');
    const error = await ask().catch((thrown: Error) => thrown.message);
    expect(error).not.toContain('SECRET');
    await expect(guardedFetch('http://nowhere.invalid/', LIMITS)).rejects.toMatchObject({ code: 'unresolvable' });
  });
});

it.skipIf(!hasOpenssl())(
  'TLS is that of the name: a certificate that nobody vouches for is not believed, also of a host that is allowed',
  async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-tls-'));
    const make =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -days 2';
    execFileSync('openssl', [...make.split(' '), '-keyout', path.join(dir, 'key'), '-out', path.join(dir, 'cert')], { stdio: 'ignore' });
    const asked: string[] = [];
    const secure = https.createServer(
      { key: readFileSync(path.join(dir, 'key')), cert: readFileSync(path.join(dir, 'cert')) },
      (request, response) => {
        asked.push(request.url!);
        response.end();
      },
    );
    await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done));
    allow('127.0.0.1');
    const address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
    await expect(guardedFetch(address, LIMITS)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('SELF_SIGNED'),
    });
    expect(asked).toEqual([]);
    secure.close();
    rmSync(dir, { recursive: true });
  },
);
