// Makes dist/, a package of plain JavaScript with types that an agent's project can install:
//   npm run build -w @holdfast/sdk && npm pack ./lib/sdk/dist
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const dist = path.join(here, 'dist');
const entries = { index: 'src/index.ts', 'adapters/ai-sdk': 'src/adapters/ai-sdk.ts', redact: 'src/redact.ts' };
rmSync(dist, { recursive: true, force: true });

await build({
  absWorkingDir: here,
  entryPoints: Object.entries(entries).map(([out, entry]) => ({ in: entry, out })),
  outdir: dist,
  bundle: true,
  splitting: true,
  platform: 'neutral',
  target: 'es2022',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
});

const compiler = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--incremental', 'false', '--strict', '--skipLibCheck'];
const target = ['--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2024,dom', '--types', 'node'];
const files = Object.values(entries).map((entry) => path.join(here, entry));
const places = ['--ignoreConfig', '--rootDir', path.join(here, '..'), '--outDir', path.join(dist, 'types')];
execFileSync(process.execPath, [compiler, ...options, ...target, ...places, ...files], { stdio: 'inherit', cwd: here });

const {
  scripts: _scripts,
  private: _private,
  exports: _exports,
  ...manifest
} = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
const point = (out, source) => ({ types: `./types/sdk/${source.replace(/\.ts$/, '.d.ts')}`, default: `./${out}.js` });
const exports = {
  '.': point('index', entries.index),
  './ai-sdk': point('adapters/ai-sdk', entries['adapters/ai-sdk']),
  './redact': point('redact', entries.redact),
};
writeFileSync(path.join(dist, 'package.json'), `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
copyFileSync(path.join(here, 'README.md'), path.join(dist, 'README.md'));
