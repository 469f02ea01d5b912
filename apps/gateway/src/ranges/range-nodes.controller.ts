import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { RequirePermission } from '../access/require-permission';
import { CurrentCaller, type Caller } from '../http/caller';
import { ResourceId } from '../http/resource-id.pipe';
import { JobOptions, SnapshotNodeDto } from '../jobs/job.dto';
import { AcceptedView } from '../jobs/job.view';
import { Answers, pageSchema, TakesIdempotencyKey } from '../openapi/answers';
import { ChangeNodePower } from './change-node-power.use-case';
import { NodeListQuery } from './range.dto';
import { NodeView, SnapshotView } from './range.view';
import { ReadRanges } from './read-ranges.use-case';
import { SnapshotNode } from './snapshot-node.use-case';

@ApiTags('ranges')
@Controller('ranges/:rangeId/nodes')
export class RangeNodesController {
  constructor(
    private readonly readRanges: ReadRanges,
    private readonly changeNodePower: ChangeNodePower,
    private readonly snapshotNode: SnapshotNode,
  ) {}

  @Get()
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'List the nodes of a range in the order of its blueprint' })
  @Answers(200, pageSchema(NodeView), 'A page of nodes.')
  list(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Query() query: NodeListQuery) {
    return this.readRanges.nodes(caller, rangeId, query);
  }

  @Get(':node')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'Read a node' })
  @Answers(200, NodeView, 'The node.')
  get(@CurrentCaller() caller: Caller, @Param('rangeId', ResourceId) rangeId: string, @Param('node') node: string) {
    return this.readRanges.node(caller, rangeId, node);
  }

  @Post(':node/start')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Start a node' })
  @Answers(202, AcceptedView, 'The node is being started.')
  start(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('node') node: string,
    @Body() options?: JobOptions,
  ) {
    return this.changeNodePower.execute(caller, {
      kind: 'node.start',
      rangeId,
      node,
      deadlineSeconds: options?.deadlineSeconds,
    });
  }

  @Post(':node/stop')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Stop a node' })
  @Answers(202, AcceptedView, 'The node is being stopped.')
  stop(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('node') node: string,
    @Body() options?: JobOptions,
  ) {
    return this.changeNodePower.execute(caller, {
      kind: 'node.stop',
      rangeId,
      node,
      deadlineSeconds: options?.deadlineSeconds,
    });
  }

  @Post(':node/snapshots')
  @HttpCode(202)
  @RequirePermission('range:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Take a snapshot of a node' })
  @Answers(202, AcceptedView, 'The snapshot is being taken.')
  snapshot(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('node') node: string,
    @Body() body: SnapshotNodeDto,
  ) {
    return this.snapshotNode.execute(caller, rangeId, node, body);
  }

  @Get(':node/snapshots')
  @RequirePermission('range:read')
  @ApiOperation({ summary: 'List the snapshots of a node, those that are being taken included' })
  @Answers(200, pageSchema(SnapshotView), 'The snapshots.')
  snapshots(
    @CurrentCaller() caller: Caller,
    @Param('rangeId', ResourceId) rangeId: string,
    @Param('node') node: string,
  ) {
    return this.readRanges.snapshots(caller, rangeId, node);
  }
}
