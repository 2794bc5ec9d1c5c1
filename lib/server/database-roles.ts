import pg from 'pg';

export type LoginRole = 'holdfast_app' | 'holdfast_jobs' | 'holdfast_pruner';

/**
 * Lets the roles that migrations made sign in. Passwords are ours to choose because the server is ours (embedded, tests); with a server of
 * their own, operators do this themselves (docs/operate.md).
 */
export async function enableLogins(adminUrl: string, passwords: Partial<Record<LoginRole, string>>): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const [role, password] of Object.entries(passwords)) {
      await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    }
  } finally {
    await client.end();
  }
}

/** The same server and database under another login. */
export function withLogin(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}
