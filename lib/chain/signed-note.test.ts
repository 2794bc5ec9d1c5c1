import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { injured, noteSignatures, noteTexts } from '@/lib/testing/sign-notes';
import { fromBase64, toBase64 } from './base64';
import { utf8 } from './bytes';
import { MAX_DECIMAL, readDecimal, writeDecimal } from './decimal';
import {
  addSignatures,
  formatNote,
  isKeyName,
  MAX_NOTE_BYTES,
  MAX_SIGNATURES,
  NoteError,
  type NoteErrorCode,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  signatureLine,
} from './signed-note';

const CODES: NoteErrorCode[] = [
  'too_large',
  'utf8_invalid',
  'control_character',
  'note_malformed',
  'signature_malformed',
  'too_many_signatures',
];

/** The code with which something is refused. */
function refusal(read: () => unknown): NoteErrorCode | 'accepted' {
  try {
    read();
    return 'accepted';
  } catch (error) {
    if (error instanceof NoteError) return error.code;
    throw error;
  }
}

/** From the page of the specification. */
const QUASIMODO = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`;
const LINE = '— a AAAAAAE=\n';

describe('a signed note', () => {
  it('is text with empty lines, one more empty line, and signatures', () => {
    const { text, signatures } = parseNote(QUASIMODO);
    expect(text).toBe('Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n');
    expect(signatures.map(({ name, keyId, signature }) => [name, keyId.toString(16), signature.length])).toEqual([
      ['quasimodo.example/salvatore', '367ba04b', 64],
    ]);
    expect(formatNote(text, signatures)).toBe(QUASIMODO);
    expect(parseNote(utf8(QUASIMODO))).toEqual(parseNote(QUASIMODO));
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(noteTexts, fc.array(noteSignatures, { minLength: 1, maxLength: 5 }), (text, signatures) => {
        expect(parseNote(formatNote(text, signatures))).toEqual({ text, signatures });
      }),
    );
  });

  it('is split at its last empty line', () => {
    expect(parseNote(`\n\n${LINE}`).text).toBe('\n');
    expect(parseNote(`\n\n\n${LINE}`).text).toBe('\n\n');
    expect(parseNote(`a\n\n${LINE}\n${LINE}`).text).toBe(`a\n\n${LINE}`);
  });

  it('may have sixteen signatures and more, to a limit, each of nearly 5 kB', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i): NoteSignature => ({ name: `w${i}`, keyId: i, signature: new Uint8Array(4990) }));
    for (const count of [16, MAX_SIGNATURES]) expect(parseNote(formatNote('a\n', many(count))).signatures.length).toBe(count);
    expect(refusal(() => parseNote(`a\n\n${LINE.repeat(MAX_SIGNATURES + 1)}`))).toBe('too_many_signatures');
    expect(refusal(() => formatNote('a\n', many(MAX_SIGNATURES + 1)))).toMatch(/too_many_signatures|too_large/);
    expect(refusal(() => parseNote(`a\n\n${LINE.repeat(100_000)}`))).toBe('too_large');
  });

  it('has a limit in bytes, however it comes', () => {
    const note = (bytes: number) => `${'a'.repeat(bytes - LINE.length - 4)}\n\n${LINE}`;
    expect(utf8(note(MAX_NOTE_BYTES)).length).toBe(MAX_NOTE_BYTES);
    expect(refusal(() => parseNote(note(MAX_NOTE_BYTES)))).toBe('accepted');
    expect(refusal(() => parseNote(note(MAX_NOTE_BYTES + 1)))).toBe('too_large');
    expect(refusal(() => parseNote(utf8(note(MAX_NOTE_BYTES + 1))))).toBe('too_large');
    // As many characters, three times the bytes.
    expect(refusal(() => parseNote(note(MAX_NOTE_BYTES).replaceAll('a', '—')))).toBe('too_large');
  });

  it('that is malformed is refused with what is wrong', () => {
    const cases: [string, NoteErrorCode][] = [
      ['', 'note_malformed'],
      ['\n\n', 'note_malformed'],
      ['a\n\n', 'note_malformed'],
      [`a\n${LINE}`, 'note_malformed'],
      [`a\n\n${LINE.trimEnd()}`, 'note_malformed'],
      [`a\n\n\n`, 'note_malformed'],
      [`a\n\n${LINE}b\n`, 'signature_malformed'],
      [`a\n\n${LINE.replace('—', '-')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('— ', '—')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace(' a ', '  ')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace(' a ', ' a b ')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace(' a ', ' a+b ')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace(' a ', ' a\u00a0b ')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace(' a ', ' a\u0085b ')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('AAAAAAE=', 'AAAAAAE')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('AAAAAAE=', 'AAAAAAF=')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('AAAAAAE=', 'AAAAAA==')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('AAAAAAE=', 'AAAA-_E=')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('AAAAAAE=', 'AAAAAAE= ')}`, 'signature_malformed'],
      [`a\n\n${LINE.replace('AAAAAAE=', '')}`, 'signature_malformed'],
      [`a\r\n\r\n${LINE}`, 'control_character'],
      [`a\tb\n\n${LINE}`, 'control_character'],
      [`a\0\n\n${LINE}`, 'control_character'],
      [`a\ud800\n\n${LINE}`, 'utf8_invalid'],
    ];
    for (const [note, code] of cases)
      expect(
        refusal(() => parseNote(note)),
        JSON.stringify(note),
      ).toBe(code);
    expect(refusal(() => parseNote(Uint8Array.of(0xff, ...utf8(QUASIMODO))))).toBe('utf8_invalid');
    // CESU-8: a surrogate as three bytes.
    expect(refusal(() => parseNote(Uint8Array.of(0xed, 0xa0, 0x80, ...utf8(QUASIMODO))))).toBe('utf8_invalid');
  });

  it('keeps a byte order mark, which its signatures cover', () => {
    expect(parseNote(utf8(`\ufeff${QUASIMODO}`)).text.startsWith('\ufeffOgnuno')).toBe(true);
  });

  it('that is hostile is refused with a code or is the note that it is read as', () => {
    const valid = fc.tuple(noteTexts, fc.array(noteSignatures, { minLength: 1, maxLength: 3 })).map(([text, all]) => formatNote(text, all));
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map(utf8),
      injured(valid),
      injured(fc.constant(QUASIMODO)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        let note: ReturnType<typeof parseNote>;
        try {
          note = parseNote(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(NoteError);
          expect(CODES).toContain((error as NoteError).code);
          return;
        }
        expect(utf8(formatNote(note.text, note.signatures))).toEqual(bytes);
      }),
      { numRuns: 800 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([...CODES, 'accepted']).toContain(refusal(() => parseNote(text)));
        expect([...CODES, 'accepted']).toContain(refusal(() => parseSignatureLines(text)));
      }),
    );
  });

  it('is not written where it could not be read', () => {
    const signature: NoteSignature = { name: 'a', keyId: 0, signature: Uint8Array.of(1) };
    expect(refusal(() => formatNote('a\n', [signature]))).toBe('accepted');
    expect(refusal(() => formatNote('a', [signature]))).toBe('note_malformed');
    expect(refusal(() => formatNote('a\n', []))).toBe('note_malformed');
    expect(refusal(() => formatNote('a\t\n', [signature]))).toBe('control_character');
    for (const name of ['', 'a b', 'a+b', 'a\nb', '\u2003', 'a\ud800', 'a\u0085'])
      expect(
        refusal(() => signatureLine({ ...signature, name })),
        JSON.stringify(name),
      ).toBe('signature_malformed');
    expect(refusal(() => signatureLine({ ...signature, signature: new Uint8Array(0) }))).toBe('signature_malformed');
    for (const keyId of [-1, 2 ** 32, 0.5]) expect(() => signatureLine({ ...signature, keyId })).toThrow(RangeError);
    // Not a space to Unicode, though JavaScript's \s takes it for one.
    expect(isKeyName('a\ufeffb')).toBe(true);
  });
});

describe('signatures of others', () => {
  const [first, second]: NoteSignature[] = ['one', 'two'].map((name, i) => ({ name, keyId: i, signature: Uint8Array.of(i + 1) }));

  it("are read from a witness's answer", () => {
    expect(parseSignatureLines(signatureLine(first) + signatureLine(second))).toEqual([first, second]);
    for (const wrong of ['', '\n', LINE.trimEnd(), `\n${LINE}`, `${LINE}\n`, `${LINE}\n${LINE}`])
      expect(
        refusal(() => parseSignatureLines(wrong)),
        JSON.stringify(wrong),
      ).not.toBe('accepted');
  });

  it('are put behind those that a note has, each once', () => {
    const note = parseNote(formatNote('a\n', [first]));
    expect(addSignatures(note, [second, first, second])).toEqual({ text: 'a\n', signatures: [first, second] });
    expect(note.signatures).toEqual([first]);
    const other = { ...first, signature: Uint8Array.of(9) };
    expect(addSignatures(note, [other]).signatures).toEqual([first, other]);
  });
});

describe('numbers and base 64 of the formats', () => {
  it('have one spelling each', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(fromBase64(toBase64(bytes))).toEqual(bytes)));
    const letters = fc.string({ unit: fc.constantFrom(...'AB/+z9=-_ \n'), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: 'binary' })), (text) => {
        const bytes = fromBase64(text);
        expect(bytes === null ? null : toBase64(bytes)).toBe(Buffer.from(text, 'base64').toString('base64') === text ? text : null);
      }),
      { numRuns: 1000 },
    );
    for (const wrong of ['A', 'AA', 'AAA', 'AA=', 'AB==', 'AAB=', '=', '==', '====', 'A===', 'AA=A', 'AAAA====', ' AAAA', 'AAAA\n', 'AA--'])
      expect(fromBase64(wrong), wrong).toBeNull();
  });

  it('go to 2^63 − 1', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: MAX_DECIMAL }), (value) => void expect(readDecimal(writeDecimal(value))).toBe(value)));
    expect(readDecimal('9223372036854775807')).toBe(MAX_DECIMAL);
    for (const wrong of [
      '',
      '9223372036854775808',
      '00',
      '01',
      '-0',
      '-1',
      '+1',
      '1.0',
      '1e3',
      '0x1',
      ' 1',
      '1 ',
      '1\n',
      '１',
      '٣',
      '1n',
      '9'.repeat(30),
    ])
      expect(readDecimal(wrong), wrong).toBeNull();
    for (const wrong of [-1n, MAX_DECIMAL + 1n]) expect(() => writeDecimal(wrong)).toThrow(RangeError);
  });
});
