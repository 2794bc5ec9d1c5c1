import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countInvisible, escapeInvisible, inertSegments } from './inert-segments';

const readBack = (text: string) =>
  text.replace(/\\(\\|u\{([0-9A-F]+)\})/g, (_, all: string, hex?: string) =>
    hex === undefined ? all : String.fromCodePoint(Number.parseInt(hex, 16)),
  );

describe('escaped form', () => {
  it('shows bidi overrides, zero-width, control and tag characters', () => {
    expect(escapeInvisible('a\u202Eb')).toBe('a\\u{202E}b');
    expect(escapeInvisible('pass\u200Bword')).toBe('pass\\u{200B}word');
    expect(escapeInvisible('\u001B[31mred')).toBe('\\u{1B}[31mred');
    expect(escapeInvisible('\u{E0041}')).toBe('\\u{E0041}');
    expect(escapeInvisible('\uFEFF\u00AD\u2066\u3164\u2028\uFE0F\u{E0100}')).toBe(
      '\\u{FEFF}\\u{AD}\\u{2066}\\u{3164}\\u{2028}\\u{FE0F}\\u{E0100}',
    );
  });
  it('shows a lone surrogate', () => {
    expect(escapeInvisible('x\uD800y')).toBe('x\\u{D800}y');
  });
  it('does not confuse an escape that was logged as text with a character', () => {
    expect(escapeInvisible('\\u{202E}')).toBe('\\\\u{202E}');
  });
  it('leaves ordinary writing of any script alone', () => {
    for (const text of ['Grüße, Ärztin', 'مرحبا بالعالم', '日本語　テキスト', 'line\n\ttab', 'a\u00A0b', '½ € “quoted” 👍']) {
      expect(escapeInvisible(text)).toBe(text);
    }
  });
  it('reads back to exactly the same characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readBack(escapeInvisible(text))).toBe(text);
      }),
    );
  });
});

describe('markers', () => {
  it('counts every character that would not be seen', () => {
    expect(countInvisible('plain text')).toBe(0);
    expect(countInvisible('a\u202Eb\u202Cc\u200B\u200B')).toBe(4);
  });
  it('joins a run of the same character and spells out tag characters', () => {
    const hidden = [...'ignore'].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('');
    expect(inertSegments(`ok${hidden}\u200B\u200B\u200B.`)).toEqual([
      { kind: 'text', text: 'ok' },
      { kind: 'marker', label: 'TAG×6 “ignore”', name: 'tag character', count: 6 },
      { kind: 'marker', label: 'U+200B×3', name: 'zero-width space', count: 3 },
      { kind: 'text', text: '.' },
    ]);
  });
  it('draws an emoji of several parts whole, and marks a joiner anywhere else', () => {
    expect(countInvisible('👩‍⚕️')).toBe(0);
    expect(countInvisible('a\u200Db')).toBe(1);
  });
  it('keeps every visible character in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const drawn = inertSegments(text)
          .map((s) => (s.kind === 'text' ? s.text : ''))
          .join('');
        const hidden = countInvisible(text);
        expect([...drawn].length + hidden).toBe([...text].length);
      }),
    );
  });
});
