/** Texts that lead recognisers on: each begins what some rule looks for, over and over, and hardly ever ends it. A bait gives at least the asked length. */
const again = (piece: string) => (length: number) => piece.repeat(Math.ceil(length / piece.length));

/** Digits that look thrown, the same in every run. */
const filled = (shape: string) => (length: number) => {
  let seed = 7;
  const pieces: string[] = [];
  for (let made = 0; made < length; made += shape.length)
    pieces.push(
      shape.replace(/#/g, () => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
        return String((seed >>> 16) % 10);
      }),
    );
  return pieces.join('');
};

export const BAITS: Record<string, (length: number) => string> = {
  'one word': again('a'),
  'one number': again('1'),
  'digits, spaces': again('1 '),
  'digits, slashes': again('1/1/'),
  'digits, hyphens': again('1-1-'),
  'groups of four': again('4111 '),
  'at signs': again('@'),
  'addresses without end': again('a@a.'),
  'long local parts': (length) => again(`${'a'.repeat(63)}@`)(length),
  queries: again('a=b@c&'),
  schemes: again('http://'),
  'www.': again('www.'),
  colons: again('ab:'),
  'double colons': again('::1 '),
  octets: again('1.1.1.'),
  'addresses of machines': again('10.20.30.40 '),
  names: again('Maria '),
  'names with particles': again('Maria de la '),
  initials: again('J. '),
  capitals: again('Xx '),
  patients: again('patient Xx '),
  months: again('March '),
  days: again('March 1, '),
  'telephone numbers': filled('+44 20 #### #### '),
  'national numbers': filled('020 #### ####, '),
  'American numbers': filled('212-555-#### '),
  'numbers to call': filled('call 0######### '),
  'routing numbers': filled('routing ######### '),
  accounts: filled('account ######## '),
  'social security numbers': filled('###-##-#### '),
  cards: filled('card 4############### '),
  'NHS numbers': filled('nhs ### ### #### '),
  'IBAN that fail': again('DE89 3704 0044 0532 0130 01 '),
  'heads of IBAN': again('DE89 '),
  'VIN that fail': again('1HGCM82633A004353 '),
  diagnoses: again('dx E11.9 '),
  streets: again('12 Oak Ridge '),
  states: again('Springfield, IL '),
  ages: again('ninety hundred and '),
  'spoken addresses': again('a dot com at '),
  'spoken names': again('my name is a b c '),
  'what has no width': again('1\u200b'),
  'tag characters': again('\u{e0031}'),
  accents: again('é '),
  emoji: again('😀'),
  'half of a pair': again('\ud83d'),
  brackets: again('(('),
  quotes: again('"\'('),
};
