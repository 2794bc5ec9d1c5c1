import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { hashApiKey } from '@/lib/auth/api-key-format';
import { insertKey } from '@/lib/auth/api-keys';
import { makeLink } from '@/lib/auth/one-time-link';
import { hashPassword } from '@/lib/auth/password';
import { prisma } from '@/lib/db';
import { DEMO_AGENTS, seedDemo } from '@/lib/demo/seed-demo';
import { findLedger } from '@/lib/ledger/find-ledger';
import type { Role } from '@/lib/schema/vocabulary';
import { insertRun } from '@/lib/verification/insert-run';
import { keepDemoHolds } from './keep-demo-holds';
import { keepDemoPolicies } from './keep-demo-policies';
import { keepDemoRegistry } from './keep-demo-registry';
import { writePrivate } from './keep-secrets';
import type { PreparedDatabase } from './prepare-database';
import { step } from './print';

interface SetUp {
  stateDir: string;
  /** Where this process listens. */
  url: string;
  publicUrl: string;
  database: PreparedDatabase;
  empty: boolean;
}

/** `.holdfast/demo.json`, for scripts. */
interface DemoFile {
  url: string;
  ledger: string;
  agentName: string;
  ingestKey: string;
  databaseUrl: string;
  adminDatabaseUrl: string;
  signIns: { role: Role; email: string; password: string }[];
}

/**
 * `.holdfast/demo-progress.json`, from before the first person is made until the last demo record is acknowledged: a start that was broken off
 * anywhere goes on with the same passwords, keys and moment.
 */
interface Progress {
  signIns: DemoFile['signIns'];
  keys: Record<string, string>;
  now: string;
}

const AGENT_NAME = 'my-agent';

const PEOPLE: { role: Role; email: string; name: string }[] = [
  { role: 'auditor', email: 'auditor@demo.example', name: 'Ines Okafor' },
  { role: 'compliance_officer', email: 'compliance@demo.example', name: 'Tomas Lindqvist' },
  // What takes two people can be tried.
  { role: 'compliance_officer', email: 'compliance-2@demo.example', name: 'Priya Raman' },
  { role: 'administrator', email: 'admin@demo.example', name: 'Wei Zhang' },
];
const [OFFICER, SECOND] = PEOPLE.filter(({ role }) => role === 'compliance_officer').map(({ email }) => email) as [string, string];

/** Makes what a new installation needs, once. @returns the lines to print when all is ready. */
export async function setUpInstallation(options: SetUp): Promise<string[]> {
  await ensureLedger('access', 'access', 'Access log', false, options);
  const people = await prisma().user.count();
  const file = path.join(options.stateDir, 'demo.json');
  const unfinished = path.join(options.stateDir, 'demo-progress.json');
  if (existsSync(unfinished)) return setUpDemo(file, unfinished, options);
  // What was begun without the demo stays so, also where the flag is forgotten the next time.
  if (people === 0) return options.empty || (await findLedger('main')) ? setUpEmpty(options) : setUpDemo(file, unfinished, options);
  if (!existsSync(file)) return [options.publicUrl];
  const demo = { ...JSON.parse(readFileSync(file, 'utf8')), url: options.publicUrl, ...addresses(options.database) } as DemoFile;
  writePrivate(file, demo);
  return welcome(demo, file);
}

async function setUpEmpty(options: SetUp): Promise<string[]> {
  await ensureLedger('main', 'agents', 'Main ledger', false, options);
  const link = await recordedChange(
    SYSTEM,
    null,
    { action: 'settings_changed', screen: 'start', details: { change: 'first administrator link made' } },
    (tx) => makeLink(tx, 'first_administrator', null, new Date()),
  );
  return [
    options.publicUrl,
    '',
    'Nobody can sign in yet. Open this link once, within 24 hours, to become the first administrator:',
    '',
    `  ${options.publicUrl}${link}`,
  ];
}

async function setUpDemo(file: string, unfinished: string, options: SetUp): Promise<string[]> {
  const ledgerId = await ensureLedger('demo', 'agents', 'Demo: clinic, claims desk, law office', true, options);
  const accessId = await ensureLedger('access', 'access', 'Access log', false, options);
  const password = () => randomBytes(9).toString('base64url');
  const begun: Progress = existsSync(unfinished)
    ? JSON.parse(readFileSync(unfinished, 'utf8'))
    : { signIns: [], keys: {}, now: new Date().toISOString() };
  // By address: one that an earlier version began has fewer people.
  const signIns = PEOPLE.map(
    ({ role, email }) => begun.signIns.find((known) => known.email === email) ?? { role, email, password: password() },
  );
  const progress: Progress = { ...begun, signIns };
  writePrivate(unfinished, progress);
  for (const [i, person] of PEOPLE.entries()) await demoPerson(person, signIns[i]!.password, [ledgerId, accessId]);
  const wanted = Object.entries(DEMO_AGENTS).map(([office, agent]) => [office, `Demo: ${agent}`, [agent]] as const);
  for (const [name, title, agents] of [...wanted, ['yours', 'Demo: yours to try', [AGENT_NAME, 'support-agent']] as const]) {
    if (await isKey(progress.keys[name])) continue;
    progress.keys[name] = await demoKey(ledgerId, title, [...agents]);
    writePrivate(unfinished, progress);
  }
  await keepDemoRegistry(ledgerId);
  await keepDemoPolicies(ledgerId);
  await postHistory(progress, options);
  await keepDemoHolds({ id: ledgerId, slug: 'demo' }, new Date(progress.now), [OFFICER, SECOND]);
  await verifyOnce(ledgerId);
  const demo: DemoFile = {
    url: options.publicUrl,
    ledger: 'demo',
    agentName: AGENT_NAME,
    ingestKey: progress.keys.yours,
    ...addresses(options.database),
    signIns: progress.signIns,
  };
  writePrivate(file, demo);
  rmSync(unfinished);
  return welcome(demo, file);
}

async function demoPerson({ role, email, name }: (typeof PEOPLE)[number], password: string, ledgers: number[]): Promise<void> {
  if (await prisma().user.findUnique({ where: { email } })) return;
  const password_hash = await hashPassword(password);
  const memberships = { create: ledgers.map((ledger_id) => ({ ledger_id, role })) };
  await recordedChange(
    SYSTEM,
    'demo',
    { action: 'user_changed', screen: 'start', details: { change: 'demo user made', user: email, role } },
    (tx) => tx.user.create({ data: { email, name, password_hash, password_changed_at: new Date(), memberships } }),
  );
}

/** The demo is posted to the end, also where an earlier start was interrupted: the same ids make nothing twice. */
async function postHistory(progress: Progress, options: SetUp): Promise<void> {
  const began = Date.now();
  let told = 0;
  const { records, duplicates, conversations } = await seedDemo({
    url: options.url,
    keys: progress.keys as Parameters<typeof seedDemo>[0]['keys'],
    now: new Date(progress.now),
    onProgress: (done, total) => {
      const quarter = Math.floor((done / total) * 4);
      if (quarter === told) return;
      told = quarter;
      step(`demo history: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} records posted`);
    },
  });
  const known = duplicates === 0 ? '' : `, ${duplicates.toLocaleString('en')} of which were there from an earlier start`;
  step(
    `demo history of ${records.toLocaleString('en')} records in ${conversations} conversations posted in ${((Date.now() - began) / 1000).toFixed(1)} s${known}`,
  );
}

/** The demo opens on a ledger that was verified: the run is asked for like any other, and the worker finds it when it starts. */
async function verifyOnce(ledgerId: number): Promise<void> {
  await recordedChange(
    SYSTEM,
    'demo',
    (run: string) => ({
      action: 'verification_run',
      screen: 'start',
      resource: { type: 'verification', id: run },
      details: { scope: { kind: 'ledger' } },
    }),
    (tx) => insertRun(tx, ledgerId, { kind: 'ledger' }, SYSTEM.id, 'start'),
  );
}

function welcome(demo: DemoFile, file: string): string[] {
  return [
    demo.url,
    '',
    ...demo.signIns.map((s) => `${s.role.replace('_', ' ').padEnd(19)} ${s.email.padEnd(26)} ${s.password}`),
    `${'ingest key'.padEnd(19)} ${demo.ingestKey}`,
    '',
    `The data is a demo. The same stands in ${path.relative(process.cwd(), file)}.`,
  ];
}

function addresses(database: PreparedDatabase): { databaseUrl: string; adminDatabaseUrl: string } {
  return { databaseUrl: database.appUrl, adminDatabaseUrl: database.adminUrl };
}

async function isKey(secret: string | undefined): Promise<boolean> {
  return (
    secret !== undefined && (await prisma().apiKey.findUnique({ where: { secret_hash: new Uint8Array(hashApiKey(secret)) } })) !== null
  );
}

async function demoKey(ledgerId: number, name: string, agentNames: string[]): Promise<string> {
  const { secret } = await recordedChange(
    SYSTEM,
    'demo',
    ({ row }: Awaited<ReturnType<typeof insertKey>>) => ({
      action: 'key_issued',
      screen: 'start',
      resource: { type: 'api_key', id: row.id },
      details: { key_name: name, agent_names: agentNames },
    }),
    (tx) => insertKey(tx, { ledgerId, kind: 'ingest', name, agentNames, mayWriteUser: true, expiresAt: null, createdBy: null }),
  );
  return secret;
}

/** The origin is what proofs will name for ever: the host, this installation and the ledger. */
async function ensureLedger(slug: string, kind: string, name: string, demo: boolean, options: SetUp): Promise<number> {
  const found = await prisma().ledger.findUnique({ where: { slug } });
  if (found) return found.id;
  const origin = `${new URL(options.publicUrl).hostname}/${options.database.secrets.installation}/ledgers/${slug}`;
  try {
    const [{ id }] = await prisma().$queryRaw<{ id: number }[]>`SELECT create_ledger(${slug}, ${origin}, ${kind}, ${name}, ${demo}) AS id`;
    return id;
  } catch (error) {
    // Two first starts on one database: the other one made it.
    const made = await prisma().ledger.findUnique({ where: { slug } });
    if (made) return made.id;
    throw error;
  }
}
