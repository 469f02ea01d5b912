import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { SUPPORTED_SCHEMA_VERSIONS } from '@orion/contracts';
import type { Metrics, VersionInfo } from '@orion/runtime';
import { Type } from '@sinclair/typebox';

import { Public } from '../access/require-permission';
import { Answer } from '../http/answer';
import { Answers } from '../openapi/answers';
import { METRICS, VERSION } from '../settings';
import { HealthSchema, LiveSchema, VersionSchema } from './health.view';
import { ReadHealth } from './read-health.use-case';

@ApiTags('service')
@Controller()
export class ServiceController {
  constructor(
    private readonly readHealth: ReadHealth,
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(VERSION) private readonly version: VersionInfo,
  ) {}

  @Get('health')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'How the service and what it needs do' })
  @Answers(200, HealthSchema, 'The state, also when it is down.')
  health() {
    return this.readHealth.report();
  }

  @Get('health/live')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the process answers' })
  @Answers(200, LiveSchema, 'It does.')
  live() {
    return { state: 'up' };
  }

  @Get('health/ready')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the service can accept work' })
  @Answers(200, HealthSchema, 'It can.')
  @Answers(503, HealthSchema, 'It cannot.')
  ready() {
    return this.readHealth.readiness();
  }

  @Get('version')
  @Public()
  @ApiOperation({ summary: 'What runs' })
  @Answers(200, VersionSchema, 'Version, commit and the document schemas that it reads.')
  versionInfo() {
    return { ...this.version, schemaVersions: { blueprint: SUPPORTED_SCHEMA_VERSIONS } };
  }

  /** Counts and durations only: no tenant, no name. */
  @Get('metrics')
  @Public()
  @ApiOperation({ summary: 'Metrics in the text format of Prometheus' })
  @Answers(200, Type.String(), 'The metrics.', 'text/plain')
  async expose() {
    const { text, contentType } = await this.metrics.exposition();
    return new Answer(200, text, { 'content-type': contentType, 'cache-control': 'no-store' });
  }
}
