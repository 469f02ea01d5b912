export { gatewayConfig } from './config';
export { gatewayService } from './gateway.service';
export { migrateConfig, runMigrations } from './migrate';
