import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { enableLogins, withLogin } from '@/lib/server/database-roles';
import { type EmbeddedPostgres, startPostgres } from '@/lib/server/embedded-postgres';
import { migrate } from '@/lib/server/migrate';

export interface BenchDatabase {
  server: EmbeddedPostgres;
  adminUrl: string;
  appUrl: string;
  newLedger(): Promise<number>;
  close(): Promise<void>;
}

/** A server of the benchmark's own, with the settings of the product's; made anew, and thrown away at the end. */
export async function openBenchDatabase(root: string, name: string, preload?: string): Promise<BenchDatabase> {
  const dir = path.join(root, '.holdfast', `bench-${name}`);
  rmSync(dir, { recursive: true, force: true });
  if (preload) Object.assign(process.env, { LD_PRELOAD: preload, SYNC_US: '1000' });
  const server = await startPostgres({ dir, password: 'bench', settings: ['checkpoint_timeout=30min', 'max_wal_size=16GB'] });
  delete process.env.LD_PRELOAD;
  const admin = new pg.Client({ connectionString: server.adminUrl('postgres') });
  await admin.connect();
  await admin.query('CREATE DATABASE bench');
  await admin.end();
  const adminUrl = server.adminUrl('bench');
  await migrate(adminUrl, path.join(root, 'prisma/migrations'));
  await enableLogins(adminUrl, { holdfast_app: 'bench' });
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  let made = 0;
  return {
    server,
    adminUrl,
    appUrl: withLogin(adminUrl, 'holdfast_app', 'bench'),
    async newLedger() {
      made++;
      await client.query('CHECKPOINT');
      return (await client.query("SELECT create_ledger($1, $2, 'agents', 'bench', false) AS id", [`b${made}`, `bench/${made}`])).rows[0].id;
    },
    async close() {
      await client.end();
      server.stop('immediate');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const SHIM = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
static int (*real_fdatasync)(int), (*real_fsync)(int);
static void nap(void) { char *e = getenv("SYNC_US"); long us = e ? atol(e) : 0; struct timespec t = {us / 1000000, (us % 1000000) * 1000}; nanosleep(&t, 0); }
int fdatasync(int fd) { if (!real_fdatasync) real_fdatasync = dlsym(RTLD_NEXT, "fdatasync"); nap(); return real_fdatasync(fd); }
int fsync(int fd) { if (!real_fsync) real_fsync = dlsym(RTLD_NEXT, "fsync"); nap(); return real_fsync(fd); }
`;

/** A library that makes each sync a millisecond slower, as on a network disk. @returns null where there is no C compiler. */
export function slowSyncLibrary(root: string): string | null {
  const dir = path.join(root, '.holdfast');
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const library = path.join(dir, 'slow-sync.so');
  if (existsSync(library)) return library;
  writeFileSync(path.join(dir, 'slow-sync.c'), SHIM);
  const made = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, path.join(dir, 'slow-sync.c'), '-ldl']);
  if (made.status !== 0) return null;
  chmodSync(library, 0o755);
  return library;
}
