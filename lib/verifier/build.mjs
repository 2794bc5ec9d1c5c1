// Makes what the package publishes and each bundle carries: dist/holdfast-verify.mjs (one file, no packages beside it) and dist/verify.html (one file, no network).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const dist = path.join(here, 'dist');
/** What both are made from: the build is passed over while none of it is newer than what was made. */
const STAMP = path.join(dist, 'inputs.json');

/** @returns the paths of the two files */
export async function buildVerifier() {
  const made = { page: path.join(dist, 'verify.html'), command: path.join(dist, 'holdfast-verify.mjs') };
  if (isFresh(made)) return made;
  const { build } = await import('esbuild');
  const common = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    legalComments: 'none',
    format: 'esm',
    alias: { '@/lib': path.join(root, 'lib') },
    logLevel: 'warning',
    charset: 'ascii',
  };
  const [command, page] = await Promise.all([
    build({ ...common, entryPoints: [path.join(here, 'src/command.ts')], platform: 'node', target: 'node20', outfile: made.command }),
    build({
      ...common,
      entryPoints: [path.join(here, 'src/page.ts')],
      platform: 'browser',
      target: 'es2022',
      format: 'iife',
      outfile: 'page.js',
    }),
  ]);
  mkdirSync(dist, { recursive: true });
  write(made.command, `#!/usr/bin/env node\n${command.outputFiles[0].text}`);
  write(made.page, assemble(page.outputFiles[0].text));
  const inputs = [...Object.keys(command.metafile.inputs), ...Object.keys(page.metafile.inputs)].filter(
    (file) => !file.includes('node_modules'),
  );
  write(
    STAMP,
    JSON.stringify(
      [
        ...new Set([...inputs, 'lib/verifier/src/page.html', 'lib/verifier/src/page.css', 'lib/verifier/build.mjs', 'package-lock.json']),
      ].sort(),
    ),
  );
  return made;
}

/** Script and style stand in the page, and its policy lets in these two by their hashes and nothing else. */
function assemble(script) {
  const style = readFileSync(path.join(here, 'src/page.css'), 'utf8');
  const safe = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; script-src ${hash(safe)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  let page = readFileSync(path.join(here, 'src/page.html'), 'utf8');
  for (const [name, text] of Object.entries({ policy, style, script: safe })) {
    if (!page.includes(`{{${name}}}`)) throw new Error(`page.html has no place for its ${name}`);
    page = page.replace(`{{${name}}}`, () => text);
  }
  return page;
}

function isFresh({ page, command }) {
  if (![page, command, STAMP].every((file) => existsSync(file))) return false;
  const made = statSync(page).mtimeMs;
  const inputs = JSON.parse(readFileSync(STAMP, 'utf8'));
  return inputs.every((file) => existsSync(path.join(root, file)) && statSync(path.join(root, file)).mtimeMs <= made);
}

/** Two processes may build at once: each file appears whole. */
function write(file, text) {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(Object.values(await buildVerifier()).join('\n'));
