import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { injured, testSigner } from '../testing/sign-notes';
import {
  contradictStatement,
  formatIncarnationStatement,
  openIncarnationStatement,
  parseIncarnationStatement,
} from './incarnation-statement';
import { formatNote, NoteError } from './signed-note';

const LEDGER = 'log.example/one';
const NAME = `${LEDGER}/incarnations/2`;
const size = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
const statements = fc.record({
  origin: fc.constant(NAME),
  previous: fc.record({ origin: fc.constantFrom(LEDGER, `${LEDGER}/incarnations/7`), size, root }),
  found: fc.record({ size, root }),
});
const one = {
  origin: NAME,
  previous: { origin: LEDGER, size: 10n, root: new Uint8Array(32).fill(1) },
  found: { size: 6n, root: new Uint8Array(32).fill(2) },
};
const signer = testSigner(NAME, 0x01, 1);

describe('the statement of an incarnation', () => {
  it('is the text that docs/format.md has, and is read as it was written', () => {
    expect(formatIncarnationStatement(one)).toBe(
      `holdfast/incarnation/v1\n${NAME}\nprevious ${LEDGER} 10 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\nfound 6 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n`,
    );
    fc.assert(
      fc.property(statements, (said) => {
        expect(parseIncarnationStatement(formatIncarnationStatement(said))).toEqual(said);
      }),
    );
  });

  it('has one form: whatever else is read is refused as no statement', () => {
    const text = formatIncarnationStatement(one);
    for (const wrong of [
      '',
      text.slice(0, -1),
      `${text}\n`,
      `${text}more\n`,
      text.replace('v1', 'v2'),
      text.replace(' 10 ', ' 010 '),
      text.replace('10 ', '10  '),
      text.replace('AQE= ', 'AQE='),
      text.replace('AQE=', 'AQF='),
      text.replace('found', 'Found'),
      text.replace(`\n${NAME}`, '\n'),
      text.replace(`\n${NAME}`, '\ntwo words'),
    ])
      if (wrong !== text) expect(() => parseIncarnationStatement(wrong), JSON.stringify(wrong)).toThrow(NoteError);
    fc.assert(
      fc.property(injured(fc.constant(text)), (bytes) => {
        try {
          expect(formatIncarnationStatement(parseIncarnationStatement(Buffer.from(bytes).toString()))).toBe(Buffer.from(bytes).toString());
        } catch (error) {
          expect(error).toBeInstanceOf(NoteError);
        }
      }),
    );
  });

  it('is opened by a key of its own name alone', () => {
    const text = formatIncarnationStatement(one);
    const note = formatNote(text, [signer.sign(text)]);
    expect(openIncarnationStatement(note, [signer.key], NAME)).toEqual(one);
    const [same, other] = [testSigner(NAME, 0x01, 2), testSigner('other.example', 0x01, 1)];
    expect(() => openIncarnationStatement(note, [same.key], NAME)).toThrow(expect.objectContaining({ code: 'no_known_signature' }));
    expect(() => openIncarnationStatement(formatNote(text, [other.sign(text)]), [other.key], NAME)).toThrow(
      expect.objectContaining({ code: 'no_known_signature' }),
    );
    expect(() => openIncarnationStatement(note.replace('found 6', 'found 7'), [signer.key], NAME)).toThrow(
      expect.objectContaining({ code: 'signature_invalid' }),
    );
    const elsewhere = formatIncarnationStatement({ ...one, origin: `${LEDGER}/incarnations/3` });
    expect(() => openIncarnationStatement(formatNote(elsewhere, [signer.sign(elsewhere)]), [signer.key], NAME)).toThrow(
      expect.objectContaining({ code: 'origin_mismatch' }),
    );
  });

  it('agrees with what it says and with nothing else', () => {
    const facts = { ledger: LEDGER, previous: one.previous, found: one.found };
    expect(contradictStatement(one, facts)).toBeNull();
    fc.assert(
      fc.property(statements, (said) => {
        const own = { ledger: LEDGER, previous: said.previous, found: said.found };
        expect(contradictStatement(said, own)).toBeNull();
        for (const part of ['previous', 'found'] as const) {
          expect(contradictStatement(said, { ...own, [part]: { ...own[part], size: own[part].size + 1n } })).not.toBeNull();
          const bent = own[part].root.map((byte, i) => (i === 31 ? byte ^ 1 : byte));
          expect(contradictStatement(said, { ...own, [part]: { ...own[part], root: bent } })).not.toBeNull();
        }
        expect(contradictStatement(said, { ...own, ledger: 'log.example/on' })).not.toBeNull();
      }),
    );
  });
});
