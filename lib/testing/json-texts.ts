import fc from 'fast-check';

/** Text that is JSON, nearly JSON, or JSON that breaks a rule. */
export function jsonish(): fc.Arbitrary<string> {
  const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r');
  const name = fc.constantFrom(
    '"a"',
    '"\\u0061"',
    '"b"',
    '"__proto__"',
    '"constructor"',
    '"é"',
    '"x\\ud800"',
    `"${'k'.repeat(129)}"`,
    '""',
    '"toString"',
  );
  const number = fc.constantFrom(
    '0',
    '-0',
    '1',
    '12.5',
    '1e2',
    '1E+20',
    '0.1',
    '9007199254740993',
    '1e400',
    '01',
    '1.',
    '.5',
    '-',
    '+1',
    '0x1',
    '1.10',
    '123456789.123456789123',
  );
  const string = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }).map((s) => JSON.stringify(s)),
    fc.constantFrom('"\\u0000"', '"\\ud83d\\ude00"', '"\\udc00"', '"\\x"', '"\n"', '"\\u12"', '"a', "'a'", '"\\/"', '"\u0000"'),
  );
  const leaf = fc.oneof(
    { weight: 4, arbitrary: string },
    { weight: 4, arbitrary: number },
    { weight: 2, arbitrary: fc.constantFrom('true', 'false', 'null', 'nul', 'NaN') },
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      { weight: 3, arbitrary: leaf },
      {
        weight: 2,
        arbitrary: fc
          .tuple(space, fc.array(tie('value'), { maxLength: 4 }), space)
          .map(([s, items, e]) => `[${s}${items.join(`${s},${e}`)}${e}]`),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(space, fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }), space)
          .map(([s, members, e]) => `{${s}${members.map(([n, v]) => `${n}${s}:${e}${v}`).join(`${e},${s}`)}${e}}`),
      },
    ),
  }));
  const broken = fc
    .tuple(value, fc.nat(), fc.constantFrom(',', '}', ']', '"', '\\', '', ':', ' ', '\u00a0', '\ufeff', '//'))
    .map(([text, at, what]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + what + text.slice(place + (what === '' ? 1 : 0));
    });
  return fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: broken });
}
