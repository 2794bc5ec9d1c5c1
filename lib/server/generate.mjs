// Makes the Prisma client from prisma/schema.prisma where it is missing or older than the schema; about a second. Plain JavaScript: what is
// made here has to be there before anything can be bundled.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export function generateClient(root) {
  const schema = readFileSync(path.join(root, 'prisma/schema.prisma'));
  const stamp = path.join(root, 'prisma/generated/.schema-sha256');
  const digest = createHash('sha256').update(schema).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const made = spawnSync(process.execPath, [path.join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  });
  if (made.status !== 0) throw new Error(`The Prisma client could not be generated:\n${made.stdout}${made.stderr}`);
  writeFileSync(stamp, digest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generateClient(path.resolve(path.dirname(process.argv[1]), '../..'));
