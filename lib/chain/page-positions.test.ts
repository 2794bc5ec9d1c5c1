import { expect, it } from 'vitest';
import { pagePositions } from './page-positions';

const ranges = (...pairs: [number, number][]) => pairs.map(([from, to]) => ({ from: BigInt(from), to: BigInt(to) }));
const pages = (...args: Parameters<typeof pagePositions>) => [...pagePositions(...args)].map((page) => page.map(Number));

it('gives every position once, in its order, in full pages and a last one with the rest', () => {
  expect(pages(ranges([0, 2], [5, 5], [7, 10]), 3)).toEqual([
    [0, 1, 2],
    [5, 7, 8],
    [9, 10],
  ]);
  expect(pages(ranges([4, 9]), 3)).toEqual([
    [4, 5, 6],
    [7, 8, 9],
  ]);
});

it('gives no page of nothing', () => {
  expect(pages([], 3)).toEqual([]);
  expect(pages(ranges([3, 2]), 3)).toEqual([]);
});

it('makes each page when it is asked for, however long the ranges are', () => {
  const [first] = pagePositions([{ from: 1n, to: 2n ** 62n }], 2);
  expect(first).toEqual([1n, 2n]);
});
