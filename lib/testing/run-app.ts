import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { freePort } from '@/lib/server/embedded-postgres';

/** A real process of the product, as `npm start` makes it, without the pages. */
export interface App {
  url: string;
  port: number;
  pid: number;
  /** Everything that it printed and logged so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
}

export interface AppOptions {
  stateDir: string;
  port?: number;
  env?: Record<string, string>;
  args?: string[];
  /** Another checkout than this. */
  root?: string;
  /** Runs as another account. */
  account?: { uid: number; gid: number };
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
/** Variables of the test's own process that would lead an app elsewhere. */
const OURS = /^(DATABASE_|AUTH_|PUBLIC_URL|PORT|HOLDFAST_|LOG_LEVEL|INGEST_|KEY_RATE|NODE_ENV|VITEST|NODE_OPTIONS)/;

/** Starts one and does not wait. */
export async function launchApp(options: AppOptions): Promise<App> {
  const port = options.port ?? (await freePort());
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  const env: Record<string, string | undefined> = { ...inherited, HOLDFAST_STATE: options.stateDir, PORT: String(port), ...options.env };
  const root = options.root ?? process.cwd();
  const child = spawn(
    process.execPath,
    [path.join(root, 'lib/server/run.mjs'), path.join(root, 'lib/server/start.ts'), '--ingest-only', ...(options.args ?? [])],
    {
      cwd: root,
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options.account,
    },
  );
  running.add(child);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 1);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    exited,
  };
}

/** Starts one and waits until it says that it serves. @throws Error with what it said where it ends before. */
export async function startApp(options: AppOptions): Promise<App> {
  const app = await launchApp(options);
  await until(app, 'Ctrl-C stops everything.');
  return app;
}

/** Waits until an app has said something. @throws Error where it ends before. */
export async function until(app: App, words: string): Promise<void> {
  let ended = false;
  app.exited.then(() => {
    ended = true;
  });
  while (!app.output().includes(words)) {
    if (ended) throw new Error(`ended before it said "${words}":\n${app.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** As Ctrl-C does. */
export async function stopApp(app: App): Promise<number | NodeJS.Signals> {
  app.kill('SIGINT');
  return app.exited;
}
