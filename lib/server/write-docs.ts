import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { permissionTable } from '@/lib/policy/permission-table';
import { errorsMarkdown } from '@/lib/schema/error-pages';

const MARKS = ['<!-- permissions: made by npm run docs -->', '<!-- end of permissions -->'] as const;

/** Pages that are made from the code: docs/errors.md, and the table of permissions in the README. A test holds them equal. */
export function generatedDocs(root: string): Record<string, string> {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const [from, to] = [readme.indexOf(MARKS[0]), readme.indexOf(MARKS[1])];
  if (from === -1 || to === -1) throw new Error('The README has lost the marks of its table of permissions.');
  return {
    'docs/errors.md': errorsMarkdown(),
    'README.md': `${readme.slice(0, from + MARKS[0].length)}\n${permissionTable()}\n${readme.slice(to)}`,
  };
}

if (process.argv[1]?.endsWith('lib-server-write-docs.mjs')) {
  const root = process.env.HOLDFAST_ROOT ?? process.cwd();
  for (const [file, text] of Object.entries(generatedDocs(root))) writeFileSync(path.join(root, file), text);
}
