import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { insertKey } from '@/lib/auth/api-keys';
import { makeLink } from '@/lib/auth/one-time-link';
import { hashPassword } from '@/lib/auth/password';
import { prisma } from '@/lib/db';
import { DEMO_AGENTS, seedDemo } from '@/lib/demo/seed-demo';
import type { Role } from '@/lib/schema/vocabulary';
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
  /** Kept until every demo record has been acknowledged, so that an interrupted first start goes on where it was. */
  seeded: boolean;
  keys: Record<string, string>;
  now: string;
}

const PEOPLE: { role: Role; email: string; name: string }[] = [
  { role: 'auditor', email: 'auditor@demo.example', name: 'Ines Okafor' },
  { role: 'compliance_officer', email: 'compliance@demo.example', name: 'Tomas Lindqvist' },
  { role: 'administrator', email: 'admin@demo.example', name: 'Wei Zhang' },
];

/** Makes what a new installation needs, once. @returns the lines to print when all is ready. */
export async function setUpInstallation(options: SetUp): Promise<string[]> {
  await ensureLedger('access', 'access', 'Access log', false, options);
  const people = await prisma().user.count();
  const file = path.join(options.stateDir, 'demo.json');
  const demo: DemoFile | null = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  if (demo && people > 0) return goOn(demo, file, options);
  if (people > 0) return [options.publicUrl];
  return options.empty ? setUpEmpty(options) : setUpDemo(file, options);
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

async function setUpDemo(file: string, options: SetUp): Promise<string[]> {
  const ledgerId = await ensureLedger('demo', 'agents', 'Demo: clinic, claims desk, law office', true, options);
  const accessId = await ensureLedger('access', 'access', 'Access log', false, options);
  const signIns = PEOPLE.map(({ role, email }) => ({ role, email, password: randomBytes(9).toString('base64url') }));
  for (const [i, person] of PEOPLE.entries()) {
    const password_hash = await hashPassword(signIns[i].password);
    const memberships = { create: [ledgerId, accessId].map((ledger_id) => ({ ledger_id, role: person.role })) };
    await recordedChange(
      SYSTEM,
      'demo',
      { action: 'user_changed', screen: 'start', details: { change: 'demo user made', user: person.email, role: person.role } },
      (tx) =>
        tx.user.create({ data: { email: person.email, name: person.name, password_hash, password_changed_at: new Date(), memberships } }),
    );
  }
  const keys: Record<string, string> = {};
  for (const [office, agent] of Object.entries(DEMO_AGENTS)) keys[office] = await demoKey(ledgerId, `Demo: ${agent}`, [agent]);
  const agentName = 'my-agent';
  const demo: DemoFile = {
    url: options.publicUrl,
    ledger: 'demo',
    agentName,
    ingestKey: await demoKey(ledgerId, 'Demo: yours to try', [agentName, 'support-agent']),
    ...addresses(options.database),
    signIns,
    seeded: false,
    keys,
    now: new Date().toISOString(),
  };
  writePrivate(file, demo);
  return goOn(demo, file, options);
}

/** The demo is posted to the end, also where an earlier start was interrupted: the same ids make nothing twice. */
async function goOn(demo: DemoFile, file: string, options: SetUp): Promise<string[]> {
  let current = { ...demo, url: options.publicUrl, ...addresses(options.database) };
  if (!current.seeded) {
    const began = Date.now();
    let told = 0;
    const result = await seedDemo({
      url: options.url,
      keys: current.keys as Parameters<typeof seedDemo>[0]['keys'],
      now: new Date(current.now),
      onProgress: (done, total) => {
        const tenth = Math.floor((done / total) * 4);
        if (tenth > told) {
          told = tenth;
          step(`demo history: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} records posted`);
        }
      },
    });
    step(`demo history posted in ${((Date.now() - began) / 1000).toFixed(1)} s (${JSON.stringify(result)})`);
    current = { ...current, seeded: true };
  }
  writePrivate(file, current);
  return [
    current.url,
    '',
    ...current.signIns.map((s) => `${s.role.replace('_', ' ').padEnd(19)} ${s.email.padEnd(26)} ${s.password}`),
    `${'ingest key'.padEnd(19)} ${current.ingestKey}`,
    '',
    `The data is a demo. The same stands in ${path.relative(process.cwd(), file)}.`,
  ];
}

function addresses(database: PreparedDatabase): { databaseUrl: string; adminDatabaseUrl: string } {
  return { databaseUrl: database.appUrl, adminDatabaseUrl: database.adminUrl };
}

async function demoKey(ledgerId: number, name: string, agentNames: string[]): Promise<string> {
  const { secret } = await recordedChange(
    SYSTEM,
    'demo',
    ({ row }: Awaited<ReturnType<typeof insertKey>>) => ({
      action: 'key_issued',
      screen: 'start',
      resource: { type: 'api_key', id: row.id },
      details: { name, agent_names: agentNames },
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
