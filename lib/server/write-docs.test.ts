import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generatedDocs } from './write-docs';

it('the README’s permissions and the page of errors say what the code does', () => {
  for (const [file, text] of Object.entries(generatedDocs(process.cwd()))) expect(readFileSync(path.resolve(file), 'utf8')).toBe(text);
});
