#!/usr/bin/env node
// Checks a ledger over the read API and trusts nothing that the server computed. No packages; Node 20 or newer.
//   node verify-ledger.mjs https://audit.example.org hf_live_… [ledger]
// Prints the first break and exits 1, or the position and hash up to which all is sound and exits 0. Keep that line: a later run must pass through it.
import { createHash } from 'node:crypto';

const [base, key, ledger] = process.argv.slice(2);
if (!base || !key) {
  console.error('usage: node verify-ledger.mjs URL READ_KEY [LEDGER]');
  process.exit(2);
}
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const u64 = (number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
};
/** "2026-11-20T17:03:11.123456Z" in microseconds since 1970. */
const microseconds = (time) => BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1000n + BigInt(time.slice(20, 26));

async function get(path) {
  for (;;) {
    const response = await fetch(base + path, { headers: { authorization: `Bearer ${key}` } });
    if (response.status === 429 || response.status === 503) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get('retry-after') ?? 1)));
      continue;
    }
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

/** RFC 8785 for what a body can hold: members sorted by UTF-16 code units; numbers and strings as ECMAScript writes them. */
const canonical = (value) =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(',')}]`
    : value !== null && typeof value === 'object'
      ? `{${Object.keys(value)
          .sort()
          .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
          .join(',')}}`
      : JSON.stringify(value);

const fail = (seq, what) => {
  console.error(`#${seq}: ${what}`);
  process.exit(1);
};
const suffix = ledger ? `&ledger=${encodeURIComponent(ledger)}` : '';
let head = null;
let above = null;
let count = 0;
let older = '';
// From the newest entry back to the first: each names the hash of the one before it.
for (;;) {
  const page = await get(`/api/v1/records?${older}${suffix}`);
  for (const entry of page.rows) {
    head ??= entry;
    if (above !== null && BigInt(entry.seq) !== BigInt(above.seq) - 1n)
      fail(BigInt(above.seq) - 1n, `is missing; the entry before #${above.seq} is #${entry.seq}`);
    if (above !== null && entry.integrity_hash !== above.previous_hash) fail(above.seq, 'does not follow from the entry before it');
    if (entry.body === null) fail(entry.seq, 'has no readable body');
    if (sha256(canonical(entry.body)).toString('hex') !== entry.body_hash) fail(entry.seq, 'its body was altered');
    const preimage = ['holdfast/entry/v1\n', u64(entry.seq), u64(microseconds(entry.received_at)), u64(entry.conversation_seq)];
    const hash = sha256(...preimage, Buffer.from(entry.previous_hash, 'hex'), Buffer.from(entry.body_hash, 'hex')).toString('hex');
    if (hash !== entry.integrity_hash) fail(entry.seq, 'its hash is not the hash of its fields');
    above = entry;
    count++;
  }
  if (page.older === null) break;
  older = `older=${page.older}`;
}
if (head === null) {
  console.log('The ledger is empty.');
  process.exit(0);
}
if (above.seq !== '0') fail(0, `is missing; the first entry is #${above.seq}`);
const { ledger_origin: origin } = await get(`/api/v1/records/${above.id}?${suffix.slice(1)}`);
if (sha256(`holdfast/genesis/v1\n${origin}`).toString('hex') !== above.previous_hash) fail(0, `does not begin the ledger ${origin}`);
console.log(`${origin}: ${count} records are sound, up to #${head.seq} ${head.integrity_hash}`);
