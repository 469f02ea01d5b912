import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate } from '@orion/persistence';
import { ConfigError, defineConfig, flushLogs, loadConfig, logger, StartError } from '@orion/runtime';

/** The variables of `node apps/gateway/dist/migrate.js`, which runs before the services of a release. */
export const migrateConfig = defineConfig({
  ORION_MIGRATOR_DATABASE_URL: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:'],
    required: true,
    secret: true,
    doc: 'PostgreSQL as a role that owns the schema, bypasses row-level security and may create roles.',
  },
  ORION_GATEWAY_PASSWORD: {
    type: 'string',
    required: true,
    secret: true,
    doc: 'Password that the role `orion_gateway` gets.',
  },
  ORION_ORCHESTRATOR_PASSWORD: {
    type: 'string',
    required: true,
    secret: true,
    doc: 'Password that the role `orion_orchestrator` gets.',
  },
});

const log = logger('migrate');

/** What keeps a client from connecting, as Node and PostgreSQL name it. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);
/** SQLSTATEs: wrong password, no such role or refused by pg_hba.conf, no such database. */
const REFUSED = new Set(['28P01', '28000', '3D000']);

/**
 * Brings the database to this release and lets the services log in. Safe to repeat, and from several places at once.
 * Throws ConfigError for missing variables and StartError when the database cannot be reached or lets nobody in.
 */
export async function runMigrations(env: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(migrateConfig, env);
  const url = config.ORION_MIGRATOR_DATABASE_URL;
  log.info('Migrating the database');
  const migrations = await migrate(url).catch((error: unknown) => {
    throw explained(error, new URL(url).host);
  });
  await grantLogin(url, { gateway: config.ORION_GATEWAY_PASSWORD, orchestrator: config.ORION_ORCHESTRATOR_PASSWORD });
  await migrateQueueSchema(url, ['orion_gateway', 'orion_orchestrator']);
  log.info('The database is current', { migrations });
}

/** The error in words by which it can be mended, when the way to the database is what is wrong. */
function explained(error: unknown, server: string): unknown {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const check = 'Check ORION_MIGRATOR_DATABASE_URL.';
  if (UNREACHABLE.has(code)) return new StartError(`PostgreSQL at ${server} cannot be reached (${code}). ${check}`);
  if (REFUSED.has(code)) return new StartError(`PostgreSQL at ${server} lets nobody in: ${message}. ${check}`);
  return error;
}

if (require.main === module) {
  runMigrations(process.env).then(
    () => flushLogs(),
    (error: unknown) => {
      if (error instanceof ConfigError || error instanceof StartError) {
        process.stderr.write(`The database is not migrated.\n${error.message}\n`);
      } else log.fatal('The migration failed', { err: error });
      flushLogs();
      process.exitCode = error instanceof ConfigError ? 78 : 1;
    },
  );
}
