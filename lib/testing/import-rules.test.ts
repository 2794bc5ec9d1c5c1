import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A house of nothing but violations: each file breaks one rule, and the rule's name must come back. */
const VIOLATIONS: [rule: string, from: string, imports: string, kind?: 'core'][] = [
  ['no-upward-from-schema', 'lib/schema/a.ts', 'lib/ledger/x.ts'],
  ['no-upward-from-phi', 'lib/policy/a.ts', 'lib/env.ts'],
  ['no-upward-from-env', 'lib/env.ts', 'lib/db.ts'],
  ['no-upward-from-db', 'lib/db.ts', 'lib/ledger/x.ts'],
  ['no-upward-from-db', 'lib/keep-doing.ts', 'lib/ledger/x.ts'],
  ['no-upward-from-auth', 'lib/ledger/a.ts', 'lib/access-log/x.ts'],
  ['no-upward-from-access-log', 'lib/jobs/a.ts', 'lib/screens/x.ts'],
  ['no-sideways-from-auth', 'lib/auth/a.ts', 'lib/ledger/x.ts'],
  ['no-sideways-from-screens', 'lib/screens/a.ts', 'lib/ingest/x.ts'],
  ['no-sideways-from-phi', 'lib/phi/a.ts', 'lib/otel/x.ts'],
  ['lib-never-imports-pages', 'lib/screens/b.ts', 'app/x.ts'],
  ['only-the-process-imports-the-process', 'lib/screens/c.ts', 'lib/server/x.ts'],
  ['pure-floors-import-no-platform', 'lib/chain/a.ts', 'node:fs', 'core'],
  ['pure-floors-import-zod-and-noble-alone', 'lib/chain/b.ts', 'pg', 'core'],
  ['detection-imports-telephone-numbers-alone', 'lib/phi/b.ts', 'pg', 'core'],
  ['components-reach-no-server-floor', 'components/a.ts', 'lib/auth/x.ts'],
  ['app-uses-doors-alone', 'app/a.ts', 'lib/ledger/x.ts'],
  ['prisma-client-has-one-door', 'lib/screens/d.ts', 'prisma/generated/client.ts'],
  ['sdk-carries-nothing-along', 'lib/sdk/src/a.ts', 'lib/ledger/x.ts'],
  ['verifier-carries-nothing-along', 'lib/verifier/a.ts', 'lib/ledger/x.ts'],
  ['no-sideways-from-outbound', 'lib/outbound/a.ts', 'lib/ledger/x.ts'],
  ['no-sideways-from-words', 'lib/words/a.ts', 'lib/screens/x.ts'],
  ['reports-never-open-the-vault', 'lib/reports/a.ts', 'lib/vault/x.ts'],
  ['no-sideways-from-proofs', 'lib/proofs/a.ts', 'lib/screens/x.ts'],
  ['every-screen-is-audited', 'lib/screens/view-a.ts', 'lib/schema/x.ts'],
  ['every-route-authenticates', 'app/api/v1/a/route.ts', 'lib/schema/x.ts'],
];

const root = process.cwd();
let dir: string;
let found: string[];
beforeAll(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-rules-'));
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  };
  for (const [, , target, kind] of VIOLATIONS) if (kind !== 'core') write(target, 'export const x = 1;\n');
  for (const [, from, target, kind] of VIOLATIONS) {
    const specifier = kind === 'core' ? target : `@/${target.replace(/\.ts$/, '')}`;
    write(from, `import * as x from '${specifier}';\nexport const y = x;\n`);
  }
  write('lib/schema/circle-a.ts', "import { b } from './circle-b';\nexport const a = () => b;\n");
  write('lib/schema/circle-b.ts', "import { a } from './circle-a';\nexport const b = () => a;\n");
  write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'ESNext', moduleResolution: 'Bundler', paths: { '@/*': ['./*'] } } }));
  symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  const cruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  let report: string;
  try {
    report = execFileSync(
      process.execPath,
      [cruise, 'app', 'components', 'lib', '--config', path.join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'],
      {
        cwd: dir,
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      },
    );
  } catch (error) {
    report = (error as { stdout: string }).stdout;
  }
  found = JSON.parse(report).summary.violations.map((v: { rule: { name: string }; from: string }) => `${v.rule.name} ${v.from}`);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each(VIOLATIONS)('%s catches %s importing %s', (rule, from) => {
  expect(found).toContain(`${rule} ${from}`);
});

it('no-circular catches two files that need each other', () => {
  expect(found.some((line) => line.startsWith('no-circular '))).toBe(true);
});
