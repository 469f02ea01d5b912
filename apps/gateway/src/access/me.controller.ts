import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { CurrentCaller, type Caller } from '../http/caller';
import { Answers, pageSchema } from '../openapi/answers';
import { AuditQuery } from './access.dto';
import { AuditEventView, MeView } from './access.view';
import { ReadAccess } from './read-access.use-case';
import { AnyKey, RequirePermission } from './require-permission';

@ApiTags('access')
@Controller()
export class MeController {
  constructor(private readonly readAccess: ReadAccess) {}

  @Get('me')
  @AnyKey()
  @ApiOperation({ summary: 'Read what this key is and may do' })
  @Answers(200, MeView, 'The key, its tenant and its permissions.')
  me(@CurrentCaller() caller: Caller) {
    return this.readAccess.me(caller);
  }

  @Get('audit-events')
  @RequirePermission('audit:read')
  @ApiOperation({ summary: 'List who changed what, newest first' })
  @Answers(200, pageSchema(AuditEventView), 'A page of audit events.')
  auditEvents(@CurrentCaller() caller: Caller, @Query() query: AuditQuery) {
    return this.readAccess.auditEvents(caller, query);
  }
}
