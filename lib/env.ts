import 'server-only';
import * as z from 'zod/mini';

/**
 * The only place that reads process.env. Values are read when asked for, since `npm start` sets them after it has
 * brought up the database.
 */
const text = z.string().check(z.minLength(1));
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** Codes and the client's secret travel to the provider: in the clear only within this machine. */
const issuer = z.url().check(
  z.refine((value) => {
    if (!URL.canParse(value)) return true;
    const { protocol, hostname } = new URL(value);
    return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  }, 'must be https'),
);
const Env = z.object({
  /** The application's role: reads, and appends through functions. */
  DATABASE_URL: text,
  /** The queue's role; owns the schema graphile_worker and nothing else. */
  DATABASE_JOBS_URL: z.optional(text),
  /** Owner, for migrations; the running application never uses it. */
  DATABASE_ADMIN_URL: z.optional(text),
  /** The pruner's role: takes away what is archived, through functions. Without it nothing is archived. */
  DATABASE_PRUNER_URL: z.optional(text),
  /** Signs session cookies; at least 32 characters. */
  AUTH_SECRET: z.optional(z.string().check(z.minLength(32))),
  /** Where browsers reach this installation, without a trailing slash. */
  PUBLIC_URL: z._default(z.url(), 'http://localhost:3000'),
  /** The three together, or none: sign-in by OpenID Connect. */
  OIDC_ISSUER: z.optional(issuer),
  OIDC_CLIENT_ID: z.optional(text),
  OIDC_CLIENT_SECRET: z.optional(text),
  /** `1` where a reverse proxy sets X-Forwarded-For; else the socket's address is taken. */
  TRUST_PROXY: z.optional(z.enum(['0', '1'])),
  /** Records that may wait for the database in this process before it answers 503. */
  INGEST_QUEUE: z._default(z.coerce.number().check(z.int(), z.gte(100), z.lte(1_000_000)), 20_000),
  /**
   * How long a record may wait for its turn, and a batch for the ledger's lock, before its sender is told 503; a batch may take twice as long
   * in the database, and after three times as long without a word from it its outcome counts as unknown.
   */
  INGEST_PATIENCE_MS: z._default(z.coerce.number().check(z.int(), z.gte(100), z.lte(60_000)), 10_000),
  /** Records a second that one key may send on average, a kilobyte counting as one; bursts of ten seconds' worth pass. */
  KEY_RATE: z._default(z.coerce.number().check(z.int(), z.gte(1)), 50_000),
  /** Where the signer keeps its keys and its memory: outside the database and its backups. `npm start` sets it to `signer` in its state folder. */
  SIGNER_DIR: z.optional(text),
  /** `off` where another machine signs for this database. */
  SIGNER: z._default(z.enum(['on', 'off']), 'on'),
  /** A file with the signer's keys, where they are given and not made. */
  SIGNER_KEY_FILE: z.optional(text),
  /** The file with the keys that wrap the vault's. `npm start` sets it to `vault/key-encryption-keys.json` in its state folder. */
  VAULT_KEY_FILE: z.optional(text),
  /** A key of AWS KMS (id or ARN) that wraps them instead; keys before it, separated by commas; and the service's address where that is not Amazon's. */
  VAULT_KMS_KEY: z.optional(text),
  VAULT_KMS_PREVIOUS: z._default(z.string(), ''),
  KMS_ENDPOINT: z.optional(z.url()),
  KMS_REGION: z._default(text, 'us-east-1'),
  /** Hosts (host or host:port, separated by commas) that may be reached although their address is private or this machine's own. */
  OUTBOUND_ALLOW: z._default(z.string(), ''),
  /** Mail goes out through this server, smtp:// or smtps://, from this address. */
  SMTP_URL: z.optional(text),
  MAIL_FROM: z.optional(text),
  /** A Presidio analyzer that looks through words beside our own detection; it sees them in the clear. OUTBOUND_ALLOW lists its host. */
  PRESIDIO_URL: z.optional(z.url()),
  /** Where archived records go: a bucket with Object Lock, `name` or `name/prefix`, or else a folder. `npm start` sets the folder to `archive` in its state folder. */
  ARCHIVE_BUCKET: z.optional(z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,62}(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/))),
  ARCHIVE_DIR: z.optional(text),
  /** Where this machine keeps copies of archived segments for searching in them; without it the archive is not searched. `npm start` sets it to `archive-copies` in its state folder. */
  ARCHIVE_COPIES_DIR: z.optional(text),
  /** The object store for archives and for anchored checkpoints, where it is not Amazon's; keys come from the usual AWS variables. */
  S3_ENDPOINT: z.optional(z.url()),
  S3_REGION: z._default(text, 'us-east-1'),
  LOG_LEVEL: z._default(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info'),
  NODE_ENV: z._default(z.enum(['development', 'production', 'test']), 'production'),
});
export type Env = z.infer<typeof Env>;
const PROVIDER = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;

/** Tests change the environment of a running process; nothing else does. */
const changes = process.env.VITEST !== undefined;
let settled: Env | undefined;

/** @throws Error that names each variable that is missing or wrong. */
export function env(): Env {
  // Asked several times for each record: what was read once is not read again.
  if (settled !== undefined && !changes) return settled;
  const names = Object.keys(Env.shape) as (keyof typeof Env.shape)[];
  const result = z.safeParse(
    Env,
    Object.fromEntries(names.map((name) => [name, process.env[name] === '' ? undefined : process.env[name]])),
  );
  const faults = result.success
    ? missingOfProvider(result.data)
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (!result.success || faults.length > 0) {
    throw new Error(`The environment is not usable:\n  ${faults.join('\n  ')}`);
  }
  settled = result.data;
  return settled;
}

/** Part of it would be no sign-in, and nobody would be told why there is none. */
function missingOfProvider(settings: Env): string[] {
  const missing = PROVIDER.filter((name) => settings[name] === undefined);
  return missing.length === PROVIDER.length ? [] : missing.map((name) => `${name}: missing beside the other OIDC settings`);
}

/** Known before the rest is: the first lines of a log come before the database does. */
export function logLevel(): Env['LOG_LEVEL'] {
  const result = z.safeParse(Env.shape.LOG_LEVEL, process.env.LOG_LEVEL || undefined);
  return result.success ? result.data : 'info';
}

/**
 * next-auth takes the address of this installation from the environment alone; without it every redirect would go to port 3000.
 */
export function tellAddressToNextAuth(): void {
  process.env.NEXTAUTH_URL = env().PUBLIC_URL;
}
