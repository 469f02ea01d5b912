import { Injectable } from '@nestjs/common';
import type { InventoryPage, InventoryReply } from '@orion/contracts';
import { DRIFT_KINDS, driftOf } from '@orion/domain';
import {
  AllocationStore,
  appendEvents,
  DriftStore,
  InventoryStore,
  setTenant,
  type Drift,
  type NewEvent,
  type OrphanedVnet,
  transaction,
} from '@orion/persistence';
import { logger } from '@orion/runtime';
import { DataSource, type EntityManager } from 'typeorm';

import { OrchestratorMetrics } from '../metrics';
import { Settings } from '../settings';

const log = logger('inventory');

/** Differences of one picture that are logged one by one: when a host is gone, there are thousands. */
const LOGGED = 100;

/**
 * Takes a page of a site's picture. With the last one the picture counts, in one transaction: it replaces the one before,
 * gives back ids and tags that nothing is on any more, and is compared with the rows.
 */
@Injectable()
export class ReceiveInventory {
  constructor(
    private readonly source: DataSource,
    private readonly settings: Settings,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  /** `received: false`: an agent of another generation took it, and nothing was kept. May be repeated. */
  async execute(page: InventoryPage): Promise<InventoryReply> {
    return { received: await transaction(this.source, (db) => this.receive(db, page)) };
  }

  private async receive(db: EntityManager, page: InventoryPage): Promise<boolean> {
    const { siteId, generation, inventoryId, takenAt, hosts, storages, vms, sdn } = page;
    const inventories = new InventoryStore(db);
    const site = await inventories.lock(siteId);
    if (site === undefined || site.generation !== generation) return false;
    if (site.inventoryAt !== null && site.inventoryAt.getTime() >= Date.parse(takenAt)) return true;
    const content = { hosts, storages, vms, ...(sdn && { sdn }) };
    if (!(await inventories.keep({ siteId, inventoryId, page: page.page, pages: page.pages, takenAt, content })))
      return true;
    await inventories.replace(siteId, inventoryId, takenAt);
    await new AllocationStore(db).giveBack(siteId, new Date(takenAt));
    await this.report(db, siteId, await this.reconcile(new DriftStore(db), siteId, takenAt));
    return true;
  }

  /** Keeps how the picture differs from the rows; what is new of it is returned. */
  private async reconcile(drift: DriftStore, siteId: string, takenAt: string): Promise<readonly Drift[]> {
    const { installation } = this.settings;
    const nodes = await drift.differingNodes(siteId, installation, takenAt);
    const orphans = await drift.orphans(siteId, installation, takenAt);
    const found = [
      ...nodes.flatMap(({ tenantId, rangeId, vm, ...node }): Drift[] => {
        const differs = driftOf(node, vm ?? undefined);
        return differs === undefined ? [] : [{ ...differs, vmId: node.vmId, tenantId, rangeId, node: node.name }];
      }),
      ...orphans.map(({ vmId, host, name, rangeId, node }): Drift => {
        const detail = `VM ${vmId} on ${host} (${name}) carries our mark (node ${node} of range ${rangeId}), but no range has it.`;
        return { kind: 'orphan', vmId, tenantId: null, rangeId: null, node: null, detail };
      }),
    ];
    const vnets = await drift.orphanedVnets(siteId, installation, takenAt);
    await this.reportVnets(drift, siteId, vnets);
    for (const kind of DRIFT_KINDS) {
      this.metrics.drift.set(
        { site: siteId, kind },
        found.filter((drift) => drift.kind === kind).length + (kind === 'orphan' ? vnets.length : 0),
      );
    }
    return drift.keep(siteId, found);
  }

  private async reportVnets(drift: DriftStore, siteId: string, vnets: readonly OrphanedVnet[]): Promise<void> {
    const orphans = vnets.map(({ name, zone, rangeId, network }) => {
      const detail = `VNet ${name} of zone ${zone} carries our mark (network ${network} of range ${rangeId}), but no range has it.`;
      return { name, detail };
    });
    for (const { name, detail } of await drift.keepVnets(siteId, orphans)) {
      log.warn('Reporting drift', { siteId, vnet: name, kind: 'orphan', detail });
    }
  }

  /** Each range is told of its own; orphans belong to nobody and stand in the log alone. */
  private async report(db: EntityManager, siteId: string, drifts: readonly Drift[]): Promise<void> {
    const ranges = new Map<string, { readonly tenantId: string; readonly events: NewEvent[] }>();
    for (const { tenantId, rangeId, vmId, kind, node, detail } of drifts) {
      if (tenantId === null || rangeId === null) continue;
      const ofRange = ranges.get(rangeId) ?? { tenantId, events: [] };
      ranges.set(rangeId, ofRange);
      ofRange.events.push({ type: 'range.drift', data: { kind, node, vmId, detail } });
    }
    for (const [rangeId, { tenantId, events }] of ranges) {
      await setTenant(db, { tenantId });
      await appendEvents(db, { tenantId, rangeId }, events);
    }
    for (const { rangeId, vmId, kind, detail } of drifts.slice(0, LOGGED)) {
      log.warn('Reporting drift', { siteId, vmId, kind, rangeId, detail });
    }
    if (drifts.length > LOGGED) log.warn('Reporting more drift', { siteId, count: drifts.length - LOGGED });
  }
}
