import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { CurrentCaller, type Caller } from '../http/caller';
import { ResourceId } from '../http/resource-id.pipe';
import { Answers, AnswersNothing, pageSchema, TakesIdempotencyKey, TakesIfMatch } from '../openapi/answers';
import { CreateApiKeyDto, NameQuery, TenantDto } from './access.dto';
import { NewApiKeyView, TenantView } from './access.view';
import { CreateApiKey } from './create-api-key.use-case';
import { ManageTenants } from './manage-tenants.use-case';
import { RequirePermission } from './require-permission';

@ApiTags('access')
@Controller('tenants')
export class TenantsController {
  constructor(
    private readonly manageTenants: ManageTenants,
    private readonly createApiKey: CreateApiKey,
  ) {}

  @Post()
  @RequirePermission('platform:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create a tenant' })
  @Answers(201, TenantView, 'The tenant. It has no key yet.')
  create(@CurrentCaller() caller: Caller, @Body() body: TenantDto) {
    return this.manageTenants.create(caller, body);
  }

  @Get()
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'List tenants, newest first' })
  @Answers(200, pageSchema(TenantView), 'A page of tenants.')
  list(@CurrentCaller() caller: Caller, @Query() query: NameQuery) {
    return this.manageTenants.list(caller, query);
  }

  @Get(':tenantId')
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'Read a tenant' })
  @Answers(200, TenantView, 'The tenant.')
  get(@CurrentCaller() caller: Caller, @Param('tenantId', ResourceId) tenantId: string) {
    return this.manageTenants.get(caller, tenantId);
  }

  @Patch(':tenantId')
  @RequirePermission('platform:write')
  @TakesIfMatch()
  @ApiOperation({ summary: 'Rename a tenant' })
  @Answers(200, TenantView, 'The tenant.')
  rename(@CurrentCaller() caller: Caller, @Param('tenantId', ResourceId) tenantId: string, @Body() body: TenantDto) {
    return this.manageTenants.rename(caller, tenantId, body);
  }

  @Delete(':tenantId')
  @HttpCode(204)
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'Shut a tenant out for good' })
  @AnswersNothing('Its keys work no longer.')
  delete(@CurrentCaller() caller: Caller, @Param('tenantId', ResourceId) tenantId: string) {
    return this.manageTenants.delete(caller, tenantId);
  }

  /** This is how a new tenant gets its first key. */
  @Post(':tenantId/api-keys')
  @RequirePermission('platform:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create an API key for a tenant' })
  @Answers(201, NewApiKeyView, 'The key, with its secret.')
  createKey(
    @CurrentCaller() caller: Caller,
    @Param('tenantId', ResourceId) tenantId: string,
    @Body() body: CreateApiKeyDto,
  ) {
    return this.createApiKey.executeFor(caller, tenantId, body);
  }
}
