import { expect, it } from 'vitest';
import { CATALOGUE } from '@/lib/policy/retention-catalogue';
import { parseQuery } from '@/lib/schema/search-query';
import { countingWords, policyChanges, searchFor, sentence, unmappedWords } from './retention-words';

it('says how far the sums reach: what came since, what is counted anew, what has yet to be followed; and nothing where they are all', () => {
  expect(countingWords({ behind: 0, anew: { records: 0, scopes: 0 } })).toEqual([]);
  expect(countingWords({ behind: 1, anew: { records: 0, scopes: 0 } })).toEqual(['1 record came since and is being counted.']);
  const all = countingWords({ behind: 12, anew: { records: 65_536, scopes: 1 } });
  expect(all).toHaveLength(3);
  expect(all[1]).toContain('Up to 65,536 records are being counted anew');
  expect(all[2]).toContain('1 hold or event has just been entered');
});

it('a search that it leads to is one that the search box takes, whatever a tool is called', () => {
  for (const name of ['a.read', 'two words', 'with:colon', '-x', "quote's"]) {
    const href = searchFor('tool', name);
    const query = parseQuery(decodeURIComponent(href!.split('q=')[1]!));
    expect(query.faults).toEqual([]);
    expect(query.terms).toMatchObject([{ name: 'tool', value: name, not: false }]);
  }
  for (const name of ['a"b', 'ünïcode', '']) expect(searchFor('tool', name)).toBeNull();
  expect(searchFor('tool', 'a\u202eb')).toBeNull();
});

it('names what is unmapped, also what has no name or one that is too long', () => {
  expect(unmappedWords('data_source:crm:v2')).toEqual({ kind: 'data source', name: 'crm:v2' });
  expect(unmappedWords('tool:')).toEqual({ kind: 'tool', name: null });
});

it('says what changed, member by member, and of a new policy all that it says', () => {
  const hipaa = CATALOGUE[0]!;
  expect(policyChanges(hipaa, { ...hipaa, floor: { years: 7 }, on: false })).toEqual([
    { label: 'On', before: 'yes', after: 'no' },
    { label: 'Minimum', before: '6 years', after: '7 years' },
  ]);
  expect(policyChanges(hipaa, hipaa)).toEqual([]);
  expect(policyChanges(null, hipaa).map(({ label }) => label)).toEqual([
    'On',
    'Title',
    'Minimum',
    'Clock',
    'In the database for',
    'Note',
    'Source',
  ]);
});

it('a decision becomes a sentence', () => {
  expect(sentence('kept until 2032-03-01: HIPAA (6 years)')).toBe('Kept until 2032-03-01: HIPAA (6 years).');
  expect(sentence('Done.')).toBe('Done.');
});
