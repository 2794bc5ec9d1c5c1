import { expect, it } from 'vitest';
import { GOVERNING_ACTIONS } from '../schema/vocabulary';
import { sayGoverning } from './destruction-say';

it('warns of each kind of what governs, with its number, and of nothing where there is none', () => {
  expect(sayGoverning({})).toBeNull();
  expect(sayGoverning({ governing: [] })).toBeNull();
  expect(sayGoverning({ governing: [{ action: 'prompt_changed', records: 1 }] })).toBe(
    'Among them is 1 change of a prompt. Once it is gone, nobody can tell by it any more what was in force for what is kept.',
  );
  const all = GOVERNING_ACTIONS.map((action, i) => ({ action, records: i === 1 ? 1 : 1_000 + i }));
  expect(sayGoverning({ governing: all })).toBe(
    'Among them are 1,000 grants of access, 1 revocation of access, 1,002 changes of prompts and 1,003 changes of models. Once these are gone, nobody can tell by them any more what was in force for what is kept.',
  );
});
