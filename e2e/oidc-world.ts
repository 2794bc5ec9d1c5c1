import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Role } from '@/lib/schema/vocabulary';
import type { AccessEntry } from './access-entries';
import { CLIENT, type IdentityProvider, startIdentityProvider } from './identity-provider';
import { chooseOrigin, startInstallation } from './start-installation';

/** An installation that signs in by a provider, the provider, and the installation's database, read and changed past the product. */
export interface OidcWorld {
  origin: string;
  provider: IdentityProvider;
  /** Someone known to the provider. @returns their subject */
  identity(email: string, verified?: boolean): string;
  /** Someone known to the installation, who has never set a password. */
  invite(role: Role): Promise<{ id: string; email: string }>;
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  /** The subject that an account is bound to. */
  subjectOf(id: string): Promise<string | null>;
  /** The newest entry of the access ledger about coming and going. */
  lastEntry(): Promise<AccessEntry>;
  /** Of the API to a session's cookie. */
  statusWith(session: string): Promise<number>;
  /** Everything that the installation printed and logged so far. */
  output(): string;
  stop(): Promise<void>;
}

export async function startOidcWorld(): Promise<OidcWorld> {
  const { port, origin } = await chooseOrigin();
  const provider = await startIdentityProvider(`${origin}/api/auth/callback/oidc`);
  const settings = { OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: CLIENT.id, OIDC_CLIENT_SECRET: CLIENT.secret };
  const installation = await startInstallation(port, settings);
  const client = new pg.Client({ connectionString: installation.told.adminDatabaseUrl });
  await client.connect();
  const query: OidcWorld['query'] = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
    (await client.query<T>(sql, values)).rows;
  return {
    origin,
    provider,
    query,
    identity(email, verified = true) {
      const subject = `sub-${randomUUID()}`;
      provider.accounts.set(subject, { email, email_verified: verified });
      return subject;
    },
    async invite(role) {
      const email = `p-${randomUUID().slice(0, 8)}@demo.example`;
      const [row] = await query<{ id: string }>("INSERT INTO users (email, name) VALUES ($1, 'Invited Only') RETURNING id", [email]);
      await query('INSERT INTO memberships (user_id, ledger_id, role) SELECT $1, id, $2 FROM ledgers', [row!.id, role]);
      return { id: row!.id, email };
    },
    async subjectOf(id) {
      return (await query<{ oidc_subject: string | null }>('SELECT oidc_subject FROM users WHERE id = $1', [id]))[0]!.oidc_subject;
    },
    async lastEntry() {
      const [row] = await query<{ seq: string; body: Buffer }>(
        `SELECT seq, body FROM records WHERE ledger_id = (SELECT id FROM ledgers WHERE slug = 'access')
            AND convert_from(body, 'UTF8')::json->>'action' IN ('signed_in', 'sign_in_failed', 'signed_out') ORDER BY seq DESC LIMIT 1`,
      );
      return { ...(JSON.parse(row!.body.toString('utf8')) as Omit<AccessEntry, 'seq'>), seq: BigInt(row!.seq) };
    },
    async statusWith(session) {
      return (await fetch(`${origin}/api/v1/account/sessions`, { headers: { cookie: `holdfast.session=${session}` } })).status;
    },
    output: installation.output,
    async stop() {
      await client.end();
      await installation.stop();
      await provider.stop();
    },
  };
}
