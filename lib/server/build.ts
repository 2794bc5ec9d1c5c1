import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a build is made from; tests and the folders of other tools do not count. */
const SOURCES = [
  'app',
  'components',
  'lib',
  'public',
  'prisma/schema.prisma',
  'next.config.js',
  'postcss.config.mjs',
  'proxy.ts',
  'instrumentation.ts',
  'package-lock.json',
  'tsconfig.json',
];
const STAMP = '.next/holdfast-sources';

/** Builds the pages where there is no build or it is older than the sources. @returns whether it had to. */
export async function buildPages(root: string, force = false): Promise<boolean> {
  const sources = fingerprint(root);
  const stamp = path.join(root, STAMP);
  if (!force && existsSync(path.join(root, '.next/BUILD_ID')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return false;
  await new Promise<void>((resolve, reject) => {
    const output: string[] = [];
    const child = spawn(process.execPath, [path.join(root, 'node_modules/next/dist/bin/next'), 'build'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // No database, no secrets: a page that is rendered at build time would be read once and logged never again.
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        DATABASE_URL: '',
        DATABASE_ADMIN_URL: '',
        AUTH_SECRET: '',
      },
    });
    child.stdout.on('data', (chunk) => output.push(String(chunk)));
    child.stderr.on('data', (chunk) => output.push(String(chunk)));
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`next build failed:\n${output.join('')}`))));
  });
  writeFileSync(stamp, sources);
  return true;
}

function fingerprint(root: string): string {
  const digest = createHash('sha256');
  const walk = (relative: string) => {
    const at = path.join(root, relative);
    if (!existsSync(at)) return;
    if (statSync(at).isDirectory()) {
      for (const name of readdirSync(at).sort())
        if (name !== 'node_modules' && name !== 'dist' && !name.startsWith('.')) walk(path.join(relative, name));
    } else if (!/\.test\.tsx?$/.test(relative)) digest.update(`${relative}\n`).update(readFileSync(at));
  };
  for (const source of SOURCES) walk(source);
  return digest.digest('hex');
}

if (process.argv[1]?.endsWith('lib-server-build.mjs')) {
  await buildPages(process.env.HOLDFAST_ROOT ?? process.cwd(), true);
  process.stdout.write('built\n');
}
