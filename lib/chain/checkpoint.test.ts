import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpoints, injured } from '@/lib/testing/sign-notes';
import { haveVectors, vector } from '@/lib/testing/vectors';
import { fromBase64 } from './base64';
import { fromHex, toHex, utf8 } from './bytes';
import { type Checkpoint, formatCheckpoint, MAX_EXTENSIONS, parseCheckpoint } from './checkpoint';
import { cosignedMessageEd25519, cosignedMessageMlDsa, joinTimestamped, splitTimestamped } from './cosignature';
import { NoteError, parseNote } from './signed-note';

const CODES = ['too_large', 'utf8_invalid', 'control_character', 'checkpoint_malformed'];

/** From the pages of the specifications of checkpoint and cosignature. */
const COSIGNED = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;
const SOFA: Checkpoint = {
  origin: 'example.com/behind-the-sofa',
  size: 20852163n,
  root: fromBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=') as Uint8Array,
  extensions: [],
};

function refusal(text: string): string {
  try {
    expect(formatCheckpoint(parseCheckpoint(text))).toBe(text);
    return 'accepted';
  } catch (error) {
    if (error instanceof NoteError) return error.code;
    throw error;
  }
}

describe('a checkpoint', () => {
  it("is the specification's example", () => {
    const { text } = parseNote(COSIGNED);
    expect(parseCheckpoint(text)).toEqual(SOFA);
    expect(formatCheckpoint(SOFA)).toBe(text);
  });

  it('comes back as it was written', () => {
    fc.assert(fc.property(checkpoints, (one) => void expect(parseCheckpoint(formatCheckpoint(one))).toEqual(one)));
  });

  it('is three lines and extensions that are not empty, and nothing else', () => {
    const root = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
    expect(refusal(`a b+c\n0\n${root}\n`)).toBe('accepted');
    expect(refusal(`a\n9223372036854775807\n${root}\n${'x\n'.repeat(MAX_EXTENSIONS)}`)).toBe('accepted');
    for (const wrong of [
      '',
      '\n',
      'a\n1\n',
      `a\n1\n${root}`,
      `\n1\n${root}\n`,
      `a\n\n${root}\n`,
      `a\n01\n${root}\n`,
      `a\n+1\n${root}\n`,
      `a\n-1\n${root}\n`,
      `a\n1 \n${root}\n`,
      `a\n9223372036854775808\n${root}\n`,
      'a\n1\n\n',
      'a\n1\nYmFuYW5hcw==\n',
      `a\n1\n${root.slice(0, -1)}\n`,
      `a\n1\n${root.replace('I=', 'J=')}\n`,
      `a\n1\n ${root}\n`,
      `a\n1\n${root}\n\n`,
      `a\n1\n${root}\n\nx\n`,
      `a\n1\n${root}\n${'x\n'.repeat(MAX_EXTENSIONS + 1)}`,
    ])
      expect(refusal(wrong), JSON.stringify(wrong)).toBe('checkpoint_malformed');
    expect(refusal(`a\r\n1\r\n${root}\r\n`)).toBe('control_character');
  });

  it.skipIf(!haveVectors('note'))('of others is refused where theirs is, and where its root is none', () => {
    const { checkpoint } = JSON.parse(vector('note/note-vectors.json').toString());
    for (const text of [...checkpoint.invalid, ...checkpoint.valid])
      expect(refusal(text), JSON.stringify(text)).toBe('checkpoint_malformed');
    const withRoots: string[] = checkpoint.valid.map((text: string) => text.replace(/^(.*\n.*\n).*/, `$1${'A'.repeat(43)}=`));
    for (const text of withRoots) expect(refusal(text), JSON.stringify(text)).toBe('accepted');
  });

  it('that is hostile is refused with a code or is the checkpoint that it is read as', () => {
    const text = injured(checkpoints.map(formatCheckpoint)).map((bytes) => Buffer.from(bytes).toString());
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (one) => void expect([...CODES, 'accepted']).toContain(refusal(one))),
      { numRuns: 800 },
    );
  });

  it('is not written where it could not be read', () => {
    for (const wrong of [{ origin: '' }, { origin: 'a\nb' }, { root: new Uint8Array(31) }, { extensions: [''] }, { extensions: ['a\nb'] }])
      expect(() => formatCheckpoint({ ...SOFA, ...wrong })).toThrow(NoteError);
    for (const size of [-1n, 1n << 63n]) expect(() => formatCheckpoint({ ...SOFA, size })).toThrow(RangeError);
  });
});

describe('a cosignature', () => {
  it("is over the specification's message, with the time that stands before it", () => {
    const { text, signatures } = parseNote(COSIGNED);
    const split = splitTimestamped(signatures[1].signature, 64);
    expect(split?.timestamp).toBe(1679315147n);
    expect(joinTimestamped(split as NonNullable<typeof split>)).toEqual(signatures[1].signature);
    expect(Buffer.from(cosignedMessageEd25519(text, 1679315147n)).toString()).toBe(
      'cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    );
  });

  it('by ML-DSA-44 is over a structure with the whole tree as its subtree', () => {
    const size = '00000000013e2dc3';
    expect(BigInt(`0x${size}`)).toBe(SOFA.size);
    expect(toHex(cosignedMessageMlDsa('w', 1679315147n, SOFA))).toBe(
      [
        Buffer.from('subtree/v1\n\0').toString('hex'),
        `01${Buffer.from('w').toString('hex')}`,
        '00000000641850cb',
        `1b${Buffer.from(SOFA.origin).toString('hex')}`,
        '0000000000000000',
        size,
        toHex(SOFA.root),
      ].join(''),
    );
  });

  it('has names of 1 to 255 bytes, numbers up to 2^63 − 1, and roots of 32 bytes', () => {
    const name = (bytes: number) => 'é'.repeat(bytes / 2) + 'a'.repeat(bytes % 2);
    const message = (cosigner: string, origin: string, timestamp = 0n, size = 1n) =>
      cosignedMessageMlDsa(cosigner, timestamp, { ...SOFA, origin, size });
    expect(message(name(255), name(255)).length).toBe(12 + 256 + 8 + 256 + 8 + 8 + 32);
    for (const wrong of ['', name(256)]) {
      expect(() => message(wrong, 'a')).toThrow(RangeError);
      expect(() => message('a', wrong)).toThrow(RangeError);
    }
    for (const wrong of [-1n, 1n << 63n]) {
      expect(() => message('a', 'a', wrong)).toThrow(RangeError);
      expect(() => message('a', 'a', 0n, wrong)).toThrow(RangeError);
      expect(() => cosignedMessageEd25519('a\n', wrong)).toThrow(RangeError);
      expect(() => joinTimestamped({ timestamp: wrong, signature: new Uint8Array(64) })).toThrow(RangeError);
    }
    expect(() => cosignedMessageMlDsa('a', 0n, { ...SOFA, root: new Uint8Array(31) })).toThrow(RangeError);
  });

  it('that is too short, too long or of a time that cannot be is none', () => {
    for (const bytes of [0, 7, 8, 71, 73]) expect(splitTimestamped(new Uint8Array(bytes), 64)).toBeNull();
    expect(splitTimestamped(fromHex(`7fffffffffffffff${'00'.repeat(64)}`), 64)?.timestamp).toBe((1n << 63n) - 1n);
    expect(splitTimestamped(fromHex(`8000000000000000${'00'.repeat(64)}`), 64)).toBeNull();
    // Bytes that stand in the midst of others.
    expect(splitTimestamped(utf8('0123456789').subarray(1, 10), 1)?.timestamp).toBe(0x3132333435363738n);
  });

  it.skipIf(!haveVectors('note'))('of others has its time', () => {
    const { timestamp } = JSON.parse(vector('note/note-vectors.json').toString()).cosignature;
    const bytes = fromBase64(timestamp.sig_base64) as Uint8Array;
    expect(splitTimestamped(bytes.subarray(4), 64)?.timestamp).toBe(BigInt(timestamp.unix));
  });
});
