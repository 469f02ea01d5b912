/**
 * Whose rows a table holds, which decides its policies.
 * - `tenant`: one tenant's, by `tenant_id`; row-level security is enabled and forced.
 * - `site`: a site's; tenants read what is granted to them, only the platform's tenant writes. Enabled and forced too.
 * - `control`: the installation's own.
 *
 * Partitions belong to the class of their parent; services reach them through it alone.
 */
export type TableClass = 'tenant' | 'site' | 'control';

/** Every table. A table that is missing here fails a test, so that none is added without a thought about its tenants. */
export const TABLE_CLASSES = {
  installation: 'control',
  schema_migration: 'control',
  tenant: 'control',

  site: 'site',
  site_agent: 'site',
  site_drift: 'site',
  site_grant: 'site',
  site_host: 'site',
  site_inventory_page: 'site',
  site_storage: 'site',
  site_template: 'site',
  site_vm: 'site',
  site_vnet: 'site',
  site_vnet_orphan: 'site',
  site_zone: 'site',
  target_sequence: 'site',
  tenant_turn: 'site',
  vlan_allocation: 'site',
  vm_id_allocation: 'site',
  vnet_allocation: 'site',

  api_key: 'tenant',
  audit_event: 'tenant',
  baseline: 'tenant',
  blueprint: 'tenant',
  blueprint_revision: 'tenant',
  command: 'tenant',
  event: 'tenant',
  idempotency_request: 'tenant',
  job: 'tenant',
  outbox: 'tenant',
  range: 'tenant',
  range_network: 'tenant',
  range_node: 'tenant',
  range_snapshot: 'tenant',
  step: 'tenant',
} as const satisfies Record<string, TableClass>;

export type TableName = keyof typeof TABLE_CLASSES;

/** Tables of a class, by name. */
export function tablesOf(tableClass: TableClass): readonly TableName[] {
  return (Object.keys(TABLE_CLASSES) as TableName[]).filter((table) => TABLE_CLASSES[table] === tableClass);
}

/**
 * The tenant tables in which the orchestrator sees every tenant's rows, because it schedules from them. In the others it
 * sets the tenant first.
 */
export const CROSS_TENANT_TABLES = [
  'command',
  'job',
  'outbox',
  'range',
  'range_network',
  'range_node',
  'step',
] as const satisfies readonly TableName[];
