import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds the node of a VM, as each inventory does for every VM with a mark: at 10,000 VMs that took longer than a transaction
 * may. Additive: the previous release is only faster with it.
 */
export class FindNodeOfVm1764000006000 implements MigrationInterface {
  readonly name = 'FindNodeOfVm1764000006000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX range_node_of_vm ON range_node (site_id, vm_id)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX range_node_of_vm`);
  }
}
