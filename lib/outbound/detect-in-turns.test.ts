import { expect, it } from 'vitest';
import { detectPhi } from '@/lib/phi/detect-phi';
import { detectInTurns } from './detect-in-turns';

const PROSE = [
  'The patient, Maria Lopez of 12 Elm Street, called on 3 March 2024 at 415-555-0133 about claim 88-1234; potassium was 5.9 mmol/l. ',
  'Write to anna.weber@example.org 🩺 or see https://example.org/a?b=c. ',
  'Her SSN is 536-90-4399, MRN 00482913, and nothing else of this tells who she is. ',
];
const long = (units: number) => {
  let text = '';
  for (let i = 0; text.length < units; i++) text += PROSE[i % PROSE.length];
  return text.slice(0, units);
};

it('finds in stretches what it finds at once, wherever the cuts fall', async () => {
  const text = long(9_000);
  const whole = detectPhi(text);
  expect(whole.length).toBeGreaterThan(100);
  for (const stretch of [640, 997, 1_024, 1_500, 4_096, 8_999]) expect(await detectInTurns(text, stretch)).toEqual(whole);
});

it('lets others have their turn while it looks through a megabyte', async () => {
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  await detectInTurns(long(1_048_576));
  clearInterval(other);
  expect(turns).toBeGreaterThan(10);
});

it('lets others have their turn between many short texts too', async () => {
  const text = long(8_000);
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  for (let i = 0; i < 100; i++) await detectInTurns(text);
  clearInterval(other);
  expect(turns).toBeGreaterThan(5);
});
