// The one way in which TypeScript runs outside Next: bundle an entry with esbuild and run it in this process.
//   node lib/server/run.mjs ENTRY.ts [arguments]
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Holdfast needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const [entry, ...args] = process.argv.slice(2);
const { build } = await import('esbuild').catch(() => {
  console.error('Packages are missing: run `npm ci` first.');
  process.exit(1);
});

// Not kept in the repository: in a fresh checkout it has to be there before it can be bundled.
const { generateClient } = await import('./generate.mjs');
generateClient(root);

/** Worker threads are bundled beside every entry, so that one can be started from any of them. */
const WORKERS = ['lib/verification/verify-worker.ts', 'lib/verification/checkpoint-worker.ts'].filter((file) =>
  existsSync(path.join(root, file)),
);
const outdir = path.join(root, 'node_modules/.cache/holdfast');
const name = path.relative(root, path.resolve(entry)).replaceAll(/[/\\]/g, '-').replace(/\.ts$/, '');
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [{ in: path.resolve(entry), out: name }, ...WORKERS.map((file) => ({ in: file, out: path.basename(file, '.ts') }))],
  outdir,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  outExtension: { '.js': '.mjs' },
  sourcemap: 'inline',
  logLevel: 'warning',
  alias: {
    '@holdfast/sdk/ai-sdk': path.join(root, 'lib/sdk/src/adapters/ai-sdk.ts'),
    '@holdfast/sdk/redact': path.join(root, 'lib/sdk/src/redact.ts'),
    '@holdfast/sdk': path.join(root, 'lib/sdk/src/index.ts'),
    // The marker refuses to load outside a React server; whatever runs here is a server.
    'server-only': path.join(root, 'node_modules/server-only/empty.js'),
  },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
}).catch(() => process.exit(1));
// Two commands may run at once: each file appears whole.
const { mkdirSync, renameSync, writeFileSync } = await import('node:fs');
mkdirSync(outdir, { recursive: true });
for (const file of outputFiles) {
  writeFileSync(`${file.path}.${process.pid}`, file.contents);
  renameSync(`${file.path}.${process.pid}`, file.path);
}
process.setSourceMapsEnabled(true);
process.env.HOLDFAST_ROOT = root;
const bundle = path.join(outdir, `${name}.mjs`);
process.argv = [process.argv[0], bundle, ...args];
await import(pathToFileURL(bundle).href);
