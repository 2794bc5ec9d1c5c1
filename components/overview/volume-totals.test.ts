import { expect, it } from 'vitest';
import { totalsByAction, totalsByDay } from './volume-totals';

const volume = [
  { day: '2026-11-18', action: 'tool_invoked', count: 2 },
  { day: '2026-11-20', action: 'data_accessed', count: 5 },
  { day: '2026-11-20', action: 'tool_invoked', count: 3 },
];

it('adds up actions in a stable order', () => {
  expect(totalsByAction(volume)).toEqual([
    { action: 'data_accessed', count: 5 },
    { action: 'tool_invoked', count: 5 },
  ]);
});
it('shows a day without records as zero', () => {
  expect(totalsByDay(volume)).toEqual([
    { day: '2026-11-18', count: 2 },
    { day: '2026-11-19', count: 0 },
    { day: '2026-11-20', count: 8 },
  ]);
});
it('has nothing to show for nothing', () => {
  expect(totalsByDay([])).toEqual([]);
  expect(totalsByAction([])).toEqual([]);
});
