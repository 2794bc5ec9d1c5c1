import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@/lib/server/embedded-postgres';

/** What the demo's own start tells whoever starts it. */
interface Told {
  url: string;
  adminDatabaseUrl: string;
  signIns: { role: string; email: string; password: string }[];
}

export interface Product {
  told: Told;
  /** The cookie of a new session. */
  signIn(role: string): Promise<string>;
  /** Ends it and its database; what it keeps stays. */
  stop(): Promise<void>;
}

const AS_PAGE = (origin: string) => ({ origin, 'sec-fetch-site': 'same-origin' });

/** The whole product, as its users start it, with a database of its own in that folder; the pages are built where they are older than their sources. */
export async function runProduct(root: string, state: string): Promise<Product> {
  const dir = path.join(root, '.holdfast', state);
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  chmodSync(dir, 0o711);
  const port = await freePort();
  const child = spawn(process.execPath, [path.join(root, 'lib/server/run.mjs'), path.join(root, 'lib/server/start.ts')], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: '', HOLDFAST_STATE: dir, PORT: String(port), LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Whoever ends the measurement ends what it started.
  const end = () => {
    child.kill('SIGINT');
    process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  child.once('exit', () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, end);
  });
  await untilReady(child);
  const told = JSON.parse(readFileSync(path.join(dir, 'demo.json'), 'utf8')) as Told;
  const origin = `http://localhost:${port}`;
  return {
    told: { ...told, url: origin },
    signIn: (role) => signIn(origin, told.signIns.find((one) => one.role === role)!),
    stop: () => stop(child),
  };
}

/** Throws away what a product of that name has kept. */
export function forgetProduct(root: string, state: string): void {
  rmSync(path.join(root, '.holdfast', state), { recursive: true, force: true });
}

async function signIn(origin: string, { email, password }: Told['signIns'][number]): Promise<string> {
  const asked = await fetch(`${origin}/api/auth/csrf`);
  const { csrfToken } = (await asked.json()) as { csrfToken: string };
  const answer = await fetch(`${origin}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...AS_PAGE(origin), cookie: cookies(asked), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrfToken, email, password, json: 'true', callbackUrl: origin }),
  });
  const made = cookies(answer);
  if (!made.includes('holdfast.session=')) throw new Error(`${email} could not sign in: ${answer.status}`);
  return made;
}

function cookies(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ');
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (!text.includes('Ctrl-C stops everything')) return;
      // What is measured cold is measured after a page was drawn.
      if (/pages ready$/m.test(text)) resolve();
      else reject(new Error(`the product drew no page when it started:\n${text}`));
    });
    child.once('exit', (code) => reject(new Error(`the product ended before it was ready (${code}):\n${text}`)));
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGINT');
  });
}
