import { describe, expect, it } from 'vitest';
import type { RecordBody } from '@/lib/schema/screens';
import { excerptOf, searchedWords } from './search-words';

const body = (details: Record<string, unknown>, purpose?: string) => ({ details, purpose }) as unknown as RecordBody;

describe('where a text was found', () => {
  it('is the first value that holds it, with its place and a little on either side', () => {
    const found = excerptOf(
      body({ tool: 'x', deep: { list: ['no', `a long beginning and then Ticket T-1 ${'opened '.repeat(20)}`] } }),
      't-1',
    );
    expect(found).toMatchObject({ path: 'details.deep.list.1', match: 'T-1' });
    expect(found!.before).toBe('…then Ticket ');
    expect(found!.after).toMatch(/^ opened .*…$/);
    expect(excerptOf(body({ n: 47110 }), '711')).toEqual({ path: 'details.n', before: '4', match: '711', after: '0' });
    expect(excerptOf(body({}, 'TREATMENT'), 'treat')).toMatchObject({ path: 'purpose', match: 'TREAT' });
  });

  it('is shown as it was folded, where folding changes its length', () => {
    expect(excerptOf(body({ a: 'the ﬁnal word' }), 'final')).toMatchObject({ before: 'the ', match: 'final', after: ' word' });
  });

  it('is nowhere where no value holds it: names of members are none', () => {
    expect(excerptOf(body({ ticket: 'x' }), 'ticket')).toBeNull();
    expect(excerptOf(null, 'x')).toBeNull();
  });
});

describe('how far a search looked', () => {
  const copies = { segments: 5, asked: 3, searched: 2, preparing: 1, rebuilt: 0, unreachable: [], contradicted: [], forged: [] };
  it('is said with what it passed over, and why', () => {
    expect(searchedWords(copies)).toBe('Looked into 2 of 3 segments; 2 cannot hold anything that passes.');
    expect(searchedWords({ ...copies, segments: 1, asked: 1, searched: 1 })).toBe('Looked into 1 of 1 segment.');
    expect(searchedWords({ ...copies, asked: 0, searched: 0 })).toBe('None of 5 segments can hold anything that passes.');
  });
});
