// The one way in which TypeScript runs outside Next: bundle an entry with esbuild, then run it in this process's place.
//   node lib/server/run.mjs ENTRY.ts [arguments]
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const major = process.versions.node.split('.').map(Number);
if (major[0] < 20 || (major[0] === 20 && major[1] < 19)) {
  console.error(`Holdfast needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const [entry, ...args] = process.argv.slice(2);
const { build } = await import('esbuild').catch(() => {
  console.error('Packages are missing: run `npm ci` first.');
  process.exit(1);
});

/** Workers are bundled beside every entry, so that a thread can be started from any of them. */
const WORKERS = ['lib/verification/verify-worker.ts'];
const outdir = path.join(root, 'node_modules/.cache/holdfast');
const name = entry.replaceAll(/[/\\]/g, '-').replace(/\.ts$/, '');
const { existsSync } = await import('node:fs');
await build({
  absWorkingDir: root,
  entryPoints: [
    { in: path.resolve(entry), out: name },
    ...WORKERS.filter((w) => existsSync(path.join(root, w))).map((w) => ({ in: w, out: path.basename(w, '.ts') })),
  ],
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  outExtension: { '.js': '.mjs' },
  sourcemap: 'linked',
  logLevel: 'warning',
  alias: { '@holdfast/sdk': path.join(root, 'lib/sdk/src/index.ts') },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
});
const child = spawn(
  process.execPath,
  [
    '--enable-source-maps',
    '--conditions=react-server',
    ...(process.env.HOLDFAST_NODE_FLAGS?.split(' ') ?? []),
    path.join(outdir, `${name}.mjs`),
    ...args,
  ],
  {
    stdio: 'inherit',
    cwd: process.cwd(),
    env: { ...process.env, HOLDFAST_ROOT: root, HOLDFAST_ENTRY: pathToFileURL(path.resolve(entry)).href },
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 0)));
