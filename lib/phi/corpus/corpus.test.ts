import { describe, expect, it } from 'vitest';
import { detectPhi } from '../detect-phi';
import { PHI_TYPES } from '../finding';
import { measureDetection } from './measure-detection';
import { readCorpus, readSentence } from './read-corpus';

const corpus = readCorpus();

describe('the corpus', () => {
  it('has at least 500 sentences, no two the same, of health, finance and law, and at least a third without anything to find', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(500);
    expect(new Set(corpus.map(({ text }) => text)).size).toBe(corpus.length);
    for (const domain of ['health', 'finance', 'law']) expect(corpus.filter((one) => one.domain === domain).length).toBeGreaterThan(120);
    expect(corpus.filter(({ labels }) => labels.length === 0).length).toBeGreaterThan(corpus.length / 3);
  });

  it('has every type, and a third that was held out', () => {
    expect([...new Set(corpus.flatMap(({ labels }) => labels.map(({ type }) => type)))].sort()).toEqual([...PHI_TYPES]);
    expect(Math.round((corpus.filter(({ heldOut }) => heldOut).length / corpus.length) * 100)).toBe(33);
  });

  it('refuses a mark that is wrong', () => {
    expect(() => readSentence('a ⟦nothing|x⟧')).toThrow(/type/);
    expect(() => readSentence('a ⟦email|x')).toThrow(/closed/);
  });
});

describe('detection', () => {
  it.each([
    ['what the rules were made with', false],
    ['what was held out', true],
  ])('finds at least nine of ten, and at least nine of ten findings are right: %s', (_name, heldOut) => {
    const { total } = measureDetection(
      corpus.filter((one) => one.heldOut === heldOut),
      detectPhi,
    );
    expect(total.found / total.labels).toBeGreaterThan(0.9);
    expect(total.right / total.findings).toBeGreaterThan(0.9);
  });

  it('misses nothing that has a check digit', () => {
    const { byType } = measureDetection(corpus, detectPhi);
    for (const type of ['iban', 'npi', 'dea_number', 'payment_card', 'routing_number', 'nhs_number', 'vin'] as const) {
      const score = byType.find((one) => one.type === type)!;
      expect([type, score.found]).toEqual([type, score.labels]);
    }
  });
});

it('a finding of another type counts as a miss and as wrong, and as covered', () => {
  const sentence = readSentence('to ⟦email|a@b.co⟧ now');
  const { total, covered } = measureDetection([sentence], () => [{ type: 'url', start: 3, end: 9, score: 1, rule: 'x' }]);
  expect(total).toEqual({ type: 'all', labels: 1, found: 0, touched: 1, findings: 1, right: 0 });
  expect(covered).toBe(1);
});
