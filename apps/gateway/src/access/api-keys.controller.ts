import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { CurrentCaller, type Caller } from '../http/caller';
import { PageQuery } from '../http/paging';
import { Answers, AnswersNothing, pageSchema, TakesIdempotencyKey } from '../openapi/answers';
import { CreateApiKeyDto } from './access.dto';
import { ApiKeyView, NewApiKeyView } from './access.view';
import { CreateApiKey } from './create-api-key.use-case';
import { ManageApiKeys } from './manage-api-keys.use-case';
import { RequirePermission } from './require-permission';

@ApiTags('access')
@Controller('api-keys')
export class ApiKeysController {
  constructor(
    private readonly createApiKey: CreateApiKey,
    private readonly manageApiKeys: ManageApiKeys,
  ) {}

  /** The secret is in this answer and nowhere else. */
  @Post()
  @RequirePermission('key:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create an API key' })
  @Answers(201, NewApiKeyView, 'The key, with its secret.')
  create(@CurrentCaller() caller: Caller, @Body() body: CreateApiKeyDto) {
    return this.createApiKey.execute(caller, body);
  }

  @Get()
  @RequirePermission('key:read')
  @ApiOperation({ summary: 'List API keys' })
  @Answers(200, pageSchema(ApiKeyView), 'A page of keys.')
  list(@CurrentCaller() caller: Caller, @Query() query: PageQuery) {
    return this.manageApiKeys.list(caller, query);
  }

  @Get(':keyId')
  @RequirePermission('key:read')
  @ApiOperation({ summary: 'Read an API key' })
  @Answers(200, ApiKeyView, 'The key, without its secret.')
  get(@CurrentCaller() caller: Caller, @Param('keyId') keyId: string) {
    return this.manageApiKeys.get(caller, keyId);
  }

  @Delete(':keyId')
  @HttpCode(204)
  @RequirePermission('key:write')
  @ApiOperation({ summary: 'Revoke an API key' })
  @AnswersNothing('The key works no longer; within seconds everywhere.')
  revoke(@CurrentCaller() caller: Caller, @Param('keyId') keyId: string) {
    return this.manageApiKeys.revoke(caller, keyId);
  }
}
