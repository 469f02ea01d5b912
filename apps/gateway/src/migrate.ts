import { migrateQueueSchema } from '@orion/job-queue';
import { grantLogin, migrate } from '@orion/persistence';
import { ConfigError, defineConfig, flushLogs, loadConfig, logger } from '@orion/runtime';

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

/** Brings the database to this release and lets the services log in. Safe to repeat, and from several places at once. */
export async function runMigrations(env: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(migrateConfig, env);
  const url = config.ORION_MIGRATOR_DATABASE_URL;
  log.info('Migrating the database');
  const migrations = await migrate(url);
  await grantLogin(url, { gateway: config.ORION_GATEWAY_PASSWORD, orchestrator: config.ORION_ORCHESTRATOR_PASSWORD });
  await migrateQueueSchema(url, ['orion_gateway', 'orion_orchestrator']);
  log.info('The database is current', { migrations });
}

if (require.main === module) {
  runMigrations(process.env).then(
    () => flushLogs(),
    (error: unknown) => {
      const message = error instanceof ConfigError ? error.message : undefined;
      if (message === undefined) log.fatal('The migration failed', { err: error });
      else process.stderr.write(`The migration does not start.\n${message}\n`);
      flushLogs();
      process.exitCode = error instanceof ConfigError ? 78 : 1;
    },
  );
}
