import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';

import type { Caller } from '../http/caller';
import { numberCursor, pageOf, uuidCursor, type Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import { timeView } from '../jobs/job.view';
import type { Stores } from '../persistence/stores';
import { UnitOfWork } from '../persistence/unit-of-work';
import type { NodeListQuery, RangeListQuery } from './range.dto';
import {
  networkView,
  nodeView,
  rangeView,
  snapshotView,
  type NodeView,
  type RangeDetailView,
  type RangeView,
  type SnapshotView,
} from './range.view';

const EMBEDDED_NODES = 1_000;

/** Answers what ranges and their nodes are at. */
@Injectable()
export class ReadRanges {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  list(caller: Caller, { cursor, limit, ...filter }: RangeListQuery): Promise<Page<RangeView>> {
    return this.unitOfWork.run(caller, async ({ ranges }) => {
      const rows = await ranges.list({ ...filter, before: uuidCursor(cursor), limit: limit + 1 });
      return pageOf(rows, limit, (row) => row.id, rangeView);
    });
  }

  get(caller: Caller, rangeId: string): Promise<RangeDetailView> {
    return this.unitOfWork.run(caller, async ({ ranges, nodes }) => {
      const range = await ranges.get(rangeId);
      if (range === undefined) throw notFound('range', rangeId);
      const nodeRows = await nodes.list(rangeId, { after: -1, limit: EMBEDDED_NODES });
      const networkRows = await nodes.networks(rangeId);
      return {
        ...rangeView(range),
        observedAt: timeView(await ranges.observedAt(rangeId)),
        nodes: nodeRows.map(nodeView),
        networks: networkRows.map(networkView),
      };
    });
  }

  nodes(caller: Caller, rangeId: string, { cursor, limit, state }: NodeListQuery): Promise<Page<NodeView>> {
    return this.unitOfWork.run(caller, async ({ ranges, nodes }) => {
      if ((await ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
      const rows = await nodes.list(rangeId, { after: numberCursor(cursor) ?? -1, state, limit: limit + 1 });
      return pageOf(rows, limit, (row) => row.ordinal, nodeView);
    });
  }

  node(caller: Caller, rangeId: string, name: string): Promise<NodeView> {
    return this.unitOfWork.run(caller, async (stores) => nodeView(await nodeOf(stores, rangeId, name)));
  }

  snapshots(caller: Caller, rangeId: string, name: string): Promise<Page<SnapshotView>> {
    return this.unitOfWork.run(caller, async (stores) => {
      await nodeOf(stores, rangeId, name);
      const rows = await stores.nodes.snapshots(rangeId, name);
      return { items: rows.map(snapshotView), nextCursor: null };
    });
  }
}

/** The node of a range that the caller can see, or 404. */
export async function nodeOf({ ranges, nodes }: Stores, rangeId: string, name: string) {
  if ((await ranges.siteOf(rangeId)) === undefined) throw notFound('range', rangeId);
  const node = await nodes.get(rangeId, name);
  if (node === undefined) throw new DomainError('node.not_found', `The range has no node ${name}.`, { node: name });
  return node;
}
