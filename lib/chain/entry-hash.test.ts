import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from './bytes';
import { type EntryHeader, entryHash, entryPreimage, genesisHash, PREIMAGE_BYTES, type Sha256, sha256 } from './entry-hash';

const node: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** The formula of the format written a second time, from text alone, by which the published vectors below were made. */
function byHand(seq: string, receivedAtUs: string, conversationSeq: string, previousHex: string, body: string): string {
  const u64 = (decimal: string) => BigInt(decimal).toString(16).padStart(16, '0');
  const tag = Buffer.from('holdfast/entry/v1\n', 'latin1').toString('hex');
  const digest = createHash('sha256').update(body, 'utf8').digest('hex');
  return createHash('sha256')
    .update(tag + u64(seq) + u64(receivedAtUs) + u64(conversationSeq) + previousHex + digest, 'hex')
    .digest('hex');
}

/** Published: other implementations check themselves against these. They never change while the format is version 1. */
const VECTORS = {
  origin: 'audit.example.org/ledgers/clinic',
  genesis: 'b958500b71273447cb50eee3b17b86bd699f9de30389ebc9d67fa9826d96ecf0',
  entries: [
    {
      seq: '0',
      receivedAtUs: '1795176191123456',
      conversationSeq: '1',
      body: '{"action":"conversation_started","v":1}',
      hash: '25f1cba1d77dc29270643b5e3ce4f7286791601f5b192da82afe1fce553dca23',
    },
    {
      seq: '1',
      receivedAtUs: '1795176191123456',
      conversationSeq: '0',
      body: '{"details":{"note":"grüß Gott 🙂"},"v":1}',
      hash: 'b3a963110055e8cba1b8ec7ccc958643c7fbe74b022fa08b4174a9891d3ecaf2',
    },
    {
      seq: '18446744073709551615',
      receivedAtUs: '0',
      conversationSeq: '9007199254740993',
      body: '',
      hash: '915e69c04ebe3af8a4642aeedf43248713760f9b8356d8da89caf0daa068ca5f',
    },
  ],
};

function header(entry: (typeof VECTORS.entries)[number], previousHash: Uint8Array): EntryHeader {
  return {
    seq: BigInt(entry.seq),
    receivedAtUs: BigInt(entry.receivedAtUs),
    conversationSeq: BigInt(entry.conversationSeq),
    previousHash,
    bodyHash: sha256(utf8(entry.body)),
  };
}

describe('entry hash', () => {
  it('starts from the published genesis of an origin', () => {
    expect(toHex(genesisHash(VECTORS.origin))).toBe(VECTORS.genesis);
    expect(createHash('sha256').update(`holdfast/genesis/v1\n${VECTORS.origin}`).digest('hex')).toBe(VECTORS.genesis);
  });

  it('gives the published hashes, by this code and by hand', () => {
    let previous: Uint8Array = fromHex(VECTORS.genesis);
    for (const entry of VECTORS.entries) {
      expect(byHand(entry.seq, entry.receivedAtUs, entry.conversationSeq, toHex(previous), entry.body)).toBe(entry.hash);
      expect(toHex(entryHash(header(entry, previous)))).toBe(entry.hash);
      previous = entryHash(header(entry, previous), node);
      expect(toHex(previous)).toBe(entry.hash);
    }
  });

  it('changes with every bit of its preimage', () => {
    const [entry] = VECTORS.entries;
    const preimage = entryPreimage(header(entry, fromHex(VECTORS.genesis)));
    expect(preimage.length).toBe(PREIMAGE_BYTES);
    const seen = new Set([toHex(sha256(preimage))]);
    for (let bit = 0; bit < preimage.length * 8; bit++) {
      const changed = preimage.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      seen.add(toHex(sha256(changed)));
    }
    expect(seen.size).toBe(1 + PREIMAGE_BYTES * 8);
  });

  it('covers each header field: entries that differ have preimages that differ', () => {
    const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const entry = fc.record({ seq: u64, receivedAtUs: u64, conversationSeq: u64, previousHash: hash, bodyHash: hash });
    fc.assert(
      fc.property(entry, entry, (a, b) => {
        const same = a.seq === b.seq && a.receivedAtUs === b.receivedAtUs && a.conversationSeq === b.conversationSeq;
        const equal = same && equalBytes(a.previousHash, b.previousHash) && equalBytes(a.bodyHash, b.bodyHash);
        expect(equalBytes(entryPreimage(a), entryPreimage(b))).toBe(equal);
      }),
    );
  });

  it('refuses numbers and hashes of another size instead of cutting them', () => {
    const good = header(VECTORS.entries[0], fromHex(VECTORS.genesis));
    expect(() => entryHash({ ...good, seq: -1n })).toThrow(RangeError);
    expect(() => entryHash({ ...good, receivedAtUs: 1n << 64n })).toThrow(RangeError);
    expect(() => entryHash({ ...good, previousHash: new Uint8Array(31) })).toThrow(RangeError);
    expect(() => entryHash({ ...good, bodyHash: new Uint8Array(33) })).toThrow(RangeError);
  });
});

describe('bytes', () => {
  it('goes to hexadecimal and back', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(equalBytes(fromHex(toHex(bytes)), bytes)).toBe(true)));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))));
    for (const wrong of ['a', 'zz', '0x00', ' 00', '00\n']) expect(() => fromHex(wrong)).toThrow(RangeError);
  });

  it('joins parts in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => void expect(equalBytes(concatBytes(...parts), Buffer.concat(parts))).toBe(true)),
    );
  });
});
