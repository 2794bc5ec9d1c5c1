import { expect, it } from 'vitest';
import { type Column, chooseColumns } from './columns';

const columns: Column<string>[] = ['seq', 'time', 'purpose'].map((id) => ({
  id,
  label: id,
  render: (row) => row,
  priority: 1,
  extra: id === 'purpose',
}));
const ids = (chosen: string | null) => chooseColumns(columns, chosen).map((column) => column.id);

it('shows the standard columns until others are chosen', () => {
  expect(ids(null)).toEqual(['seq', 'time']);
});
it('keeps the order of the table whatever the order of the choice', () => {
  expect(ids('purpose,seq')).toEqual(['seq', 'purpose']);
});
it('never shows an empty table for a choice made of unknown names', () => {
  expect(ids('nonsense')).toEqual(['seq', 'time']);
});
