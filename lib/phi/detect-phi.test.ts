import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectPhi } from './detect-phi';
import { maskText } from './mask-text';

const masked = (text: string, hint?: string) => maskText(text, detectPhi(text, { hint }));

describe('what has a check digit or a pattern of its own', () => {
  it.each([
    ['Write to jane.doe+lab@mail.example.org.', 'Write to [email].'],
    ['See https://portal.example.org/p/1017?x=1 (today).', 'See [url] (today).'],
    ['from 203.0.113.9, and 2001:db8::8a2e:370:7334', 'from [ip_address], and [ip_address]'],
    ['SSN 536-22-8145 on file', 'SSN [ssn] on file'],
    ['paid with 4111 1111 1111 1111 and 378282246310005', 'paid with [payment_card] and [payment_card]'],
    ['NPI 1234567893', 'NPI [npi]'],
    ['DEA AB1234563', 'DEA [dea_number]'],
    ['to GB82 WEST 1234 5698 7654 32 please', 'to [iban] please'],
    ['to DE89370400440532013000', 'to [iban]'],
    ['routing 021000021', 'routing [routing_number]'],
    ['NHS number 943 476 5919', 'NHS number [nhs_number]'],
    ['her NI number is QQ123456C or AB 12 34 56 C', 'her NI number is QQ123456C or [nino]'],
    ['a Honda, 1HGCM82633A004352', 'a Honda, [vin]'],
    ['Medicare 1EG4-TE5-MK73', 'Medicare [mbi]'],
    ['Call (212) 555-0147 ext. 12 or +44 20 7946 0958.', 'Call [phone] or [phone].'],
  ])('%s', (text, expected) => expect(masked(text)).toBe(expected));
});

describe('what looks like it and is not', () => {
  it.each([
    'card 4111 1111 1111 1112',
    'SSN 000-12-3456, 666-12-3456 and 078-05-1120',
    'order 1234567893',
    'version 10.2.3.4',
    '256.1.1.1 and 127.0.0.1',
    'GB82 WEST 1234 5698 7654 33',
    'routing 021000022',
    '0198c3a4-12ab-7def-8123-123456789012',
    'req_4111111111111111_7',
    'std::vector and 10:30:45',
    'gpt-4o-2024-08-06',
    'ticket @maria #1017',
  ])('%s', (text) => expect(detectPhi(text)).toEqual([]));
});

it('sees through what has no width, full-width forms, other spaces and tag characters, and masks what is hidden with it', () => {
  for (const text of ['536\u200b-22-8145', '５３６－２２－８１４５', '536\u201322\u20138145', '\u{e0035}36-22-81\u00ad45'])
    expect(masked(`SSN ${text} on file`)).toBe('SSN [ssn] on file');
});

it('findings are sorted, within the text, do not overlap, and the mask keeps all that is outside of them', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a@b.co',
      '536-22-8145',
      '4111 1111 1111 1111',
      ' ',
      '-',
      '+44 20 7946 0958',
      'Dr. Jane Roe',
      '\u200b',
      '14 March 1985',
      '\ud83d',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join('');
      const findings = detectPhi(text);
      let from = 0;
      let kept = '';
      for (const { start, end, score } of findings) {
        expect(start).toBeGreaterThanOrEqual(from);
        expect(end).toBeGreaterThan(start);
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
        kept += `${text.slice(from, start)}\0`;
        from = end;
      }
      expect(from).toBeLessThanOrEqual(text.length);
      expect(maskText(text, findings).length).toBe((kept + text.slice(from)).length + findings.reduce((n, f) => n + f.type.length + 1, 0));
    }),
    { numRuns: 500 },
  );
});
