import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { NameQuery } from '../access/access.dto';
import { RequirePermission } from '../access/require-permission';
import { DriftQuery } from '../drift/drift.dto';
import { SiteDriftView } from '../drift/drift.view';
import { ReadDrift } from '../drift/read-drift.use-case';
import { CurrentCaller, type Caller } from '../http/caller';
import { PageQuery } from '../http/paging';
import { ResourceId } from '../http/resource-id.pipe';
import { AcceptedView } from '../jobs/job.view';
import { RequestSiteJob } from '../jobs/request-site-job';
import { Answers, AnswersNothing, pageSchema, TakesIdempotencyKey, TakesIfMatch } from '../openapi/answers';
import { GrantSites } from './grant-sites.use-case';
import { ManageSites } from './manage-sites.use-case';
import { ChangeSiteDto, CreateSiteDto, GrantDto, CheckSiteDto, SiteJobOptions, TemplateCatalogueDto } from './site.dto';
import { GrantView, SiteDetailView, SiteView, TemplatesView } from './site.view';

@ApiTags('sites')
@Controller('sites')
export class SitesController {
  constructor(
    private readonly manageSites: ManageSites,
    private readonly grantSites: GrantSites,
    private readonly requestSiteJob: RequestSiteJob,
    private readonly readDrift: ReadDrift,
  ) {}

  @Post()
  @RequirePermission('platform:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Register a site' })
  @Answers(201, SiteDetailView, 'The site, open to the tenant that registered it.')
  create(@CurrentCaller() caller: Caller, @Body() body: CreateSiteDto) {
    return this.manageSites.create(caller, body);
  }

  @Get()
  @RequirePermission('site:read')
  @ApiOperation({ summary: 'List the sites that are open to the tenant' })
  @Answers(200, pageSchema(SiteView), 'A page of sites.')
  list(@CurrentCaller() caller: Caller, @Query() query: NameQuery) {
    return this.manageSites.list(caller, query);
  }

  @Get(':siteId')
  @RequirePermission('site:read')
  @ApiOperation({ summary: 'Read a site with its agent and capacity' })
  @Answers(200, SiteDetailView, 'The site.')
  get(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string) {
    return this.manageSites.get(caller, siteId);
  }

  @Patch(':siteId')
  @RequirePermission('platform:write')
  @TakesIfMatch()
  @ApiOperation({ summary: 'Change settings of a site' })
  @Answers(200, SiteDetailView, 'The site.')
  change(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string, @Body() body: ChangeSiteDto) {
    return this.manageSites.change(caller, siteId, body);
  }

  @Get(':siteId/templates')
  @RequirePermission('site:read')
  @ApiOperation({ summary: 'Read the template catalogue of a site' })
  @Answers(200, TemplatesView, 'The catalogue.')
  templates(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string) {
    return this.manageSites.templates(caller, siteId);
  }

  @Put(':siteId/templates')
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'Replace the template catalogue of a site' })
  @Answers(200, TemplatesView, 'The catalogue.')
  setTemplates(
    @CurrentCaller() caller: Caller,
    @Param('siteId', ResourceId) siteId: string,
    @Body() body: TemplateCatalogueDto,
  ) {
    return this.manageSites.setTemplates(caller, siteId, body);
  }

  @Post(':siteId/grants')
  @RequirePermission('platform:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Open a site to a tenant' })
  @Answers(201, GrantView, 'The grant.')
  grant(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string, @Body() body: GrantDto) {
    return this.grantSites.grant(caller, siteId, body.tenantId);
  }

  @Get(':siteId/grants')
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'List the tenants that a site is open to' })
  @Answers(200, pageSchema(GrantView), 'A page of grants.')
  grants(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string, @Query() query: PageQuery) {
    return this.grantSites.list(caller, siteId, query);
  }

  @Delete(':siteId/grants/:tenantId')
  @HttpCode(204)
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'Close a site to a tenant' })
  @AnswersNothing('The tenant sees the site no longer.')
  revoke(
    @CurrentCaller() caller: Caller,
    @Param('siteId', ResourceId) siteId: string,
    @Param('tenantId', ResourceId) tenantId: string,
  ) {
    return this.grantSites.revoke(caller, siteId, tenantId);
  }

  @Get(':siteId/drift')
  @RequirePermission('platform:write')
  @ApiOperation({ summary: 'Read how the VMs of a site differ from its ranges, orphans included' })
  @Answers(200, SiteDriftView, 'What differed when the site was last looked at.')
  drift(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string, @Query() query: DriftQuery) {
    return this.readDrift.ofSite(caller, siteId, query);
  }

  /** The findings are the result of the job. */
  @Post(':siteId/checks')
  @HttpCode(202)
  @RequirePermission('site:check')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Check what a deploy on the site would trip over' })
  @Answers(202, AcceptedView, 'The site is being checked.')
  check(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string, @Body() body?: CheckSiteDto) {
    return this.requestSiteJob.check(caller, siteId, body);
  }

  /** The agent tells by itself what it changes, and everything once a minute. */
  @Post(':siteId/observations')
  @HttpCode(202)
  @RequirePermission('site:check')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Look at what is there now, so that what differs is told anew' })
  @Answers(202, AcceptedView, 'The site is being looked at.')
  observe(@CurrentCaller() caller: Caller, @Param('siteId', ResourceId) siteId: string, @Body() body?: SiteJobOptions) {
    return this.requestSiteJob.execute(caller, {
      kind: 'site.observe',
      siteId,
      deadlineSeconds: body?.deadlineSeconds,
    });
  }
}
