import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** A key with its certificate that an authority signs with, by the names of its files. */
export interface Signer {
  name: string;
  /** Options of the section of openssl's configuration. */
  options?: Record<string, string>;
}

export interface TimeAuthority {
  url: string;
  /** The certificate of the authority that issued the signers', PEM. */
  ca: string;
  /** Another one, which issued none of them. */
  otherCa: string;
  /** Where keys, certificates and `openssl` work. */
  dir: string;
  asked: { headers: IncomingHttpHeaders; query: Buffer }[];
  /** Who signs from now on. */
  signer: Signer;
  /** What is sent in place of the answer. */
  bend: (answer: Buffer, query: Buffer) => Buffer;
  /** The authority's answer to a query, by openssl. */
  reply(query: Buffer, signer?: Signer): Buffer;
  openssl(...args: string[]): Buffer;
  close(): Promise<void>;
}

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const EXTENSIONS: Record<string, string> = {
  tsa: 'extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:false\n',
  ec: 'extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:false\n',
  plain: 'basicConstraints=CA:false\n',
  mixed: 'extendedKeyUsage=critical,timeStamping,codeSigning\nbasicConstraints=CA:false\n',
  old: 'extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:false\n',
  // Issued by one that merely calls itself what the trusted one is called.
  forged: 'extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:false\nauthorityKeyIdentifier=none\n',
  stranger: 'extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:false\n',
};

/** `openssl ts` behind an HTTP server of its own: signers `tsa` (RSA), `ec`, `stranger` (issued by the other authority), `forged`, `old` (ended); certificates that may not sign: `mixed`, `plain`. */
export async function startTimeAuthority(): Promise<TimeAuthority> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-tsa-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const ca of ['ca', 'other', 'impostor'])
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.pem`,
      '-days',
      '10',
      '-subj',
      `/CN=${ca === 'impostor' ? 'ca' : ca}`,
    );
  for (const [name, extensions] of Object.entries(EXTENSIONS)) issue(openssl, dir, name, extensions);
  const made: TimeAuthority = {
    url: '',
    ca: readFileSync(path.join(dir, 'ca.pem'), 'utf8'),
    otherCa: readFileSync(path.join(dir, 'other.pem'), 'utf8'),
    dir,
    asked: [],
    signer: { name: 'tsa' },
    bend: (answer) => answer,
    openssl,
    reply: (query, signer = made.signer) => reply(openssl, dir, query, signer),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const query = Buffer.concat(chunks);
    made.asked.push({ headers: request.headers, query });
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(made.bend(made.reply(query), query));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return made;
}

function issuerOf(name: string): string {
  return name === 'stranger' ? 'other' : name === 'forged' ? 'impostor' : 'ca';
}

type Openssl = (...args: string[]) => Buffer;

function issue(openssl: Openssl, dir: string, name: string, extensions: string): void {
  const ca = issuerOf(name);
  const key = name === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048'];
  writeFileSync(path.join(dir, `${name}.ext`), extensions);
  openssl('req', ...key, '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  const issuing = [
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${ca}.pem`,
    '-CAkey',
    `${ca}.key`,
    '-CAcreateserial',
    '-extfile',
    `${name}.ext`,
  ];
  // Ended yesterday: the day before yesterday is what -days counts back to.
  openssl(...issuing, '-days', name === 'old' ? '-1' : '10', '-out', `${name}.pem`);
  if (name !== 'tsa') return;
  // The same key, issuer and number in another certificate.
  const serial = openssl('x509', '-in', 'tsa.pem', '-noout', '-serial').toString().trim().replace('serial=', '0x');
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-set_serial',
    serial,
    '-extfile',
    'tsa.ext',
    '-days',
    '11',
    '-out',
    'twin.pem',
  );
}

function reply(openssl: Openssl, dir: string, query: Buffer, { name, options = {} }: Signer): Buffer {
  const settings: Record<string, string> = {
    serial: `${dir}/serial`,
    crypto_device: 'builtin',
    signer_cert: `${dir}/${name}.pem`,
    certs: `${dir}/${issuerOf(name)}.pem`,
    signer_key: `${dir}/${name}.key`,
    signer_digest: 'sha256',
    default_policy: '1.2.3.4.1',
    digests: 'sha256',
    accuracy: 'secs:1',
    ess_cert_id_alg: 'sha256',
    ...options,
  };
  writeFileSync(path.join(dir, 'serial'), '01\n');
  writeFileSync(
    path.join(dir, 'ts.cnf'),
    `[tsa]\ndefault_tsa = one\n[one]\n${Object.entries(settings)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join('')}`,
  );
  writeFileSync(path.join(dir, 'q.tsq'), query);
  openssl('ts', '-reply', '-config', 'ts.cnf', '-queryfile', 'q.tsq', '-out', 'r.tsr');
  return readFileSync(path.join(dir, 'r.tsr'));
}
