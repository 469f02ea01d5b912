import { Client } from 'pg';

export interface ServicePasswords {
  readonly gateway: string;
  readonly orchestrator: string;
}

/**
 * Lets the service roles log in with these passwords. Safe to repeat. `url` needs a role that may alter roles.
 * Passwords reach PostgreSQL as literals of `ALTER ROLE`, which takes no parameters: they are quoted by `format`.
 */
export async function grantLogin(url: string, passwords: ServicePasswords): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('orion-grant-login'))`);
    for (const [role, password] of [
      ['orion_gateway', passwords.gateway],
      ['orion_orchestrator', passwords.orchestrator],
    ] as const) {
      const { rows } = await client.query<{ statement: string }>(
        `SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text) AS statement`,
        [role, password],
      );
      if (rows[0]) await client.query(rows[0].statement);
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/** The same database, as one of the service roles. */
export function urlAs(url: string, role: 'orion_gateway' | 'orion_orchestrator', password: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = encodeURIComponent(password);
  return changed.toString();
}
