import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Type } from '@sinclair/typebox';

import { NameQuery } from '../access/access.dto';
import { RequirePermission } from '../access/require-permission';
import type { SentDocument } from '../http/body-parsers';
import { CurrentCaller, type Caller } from '../http/caller';
import { PageQuery } from '../http/paging';
import { ResourceId, RevisionNumber } from '../http/resource-id.pipe';
import { Answers, AnswersNothing, pageSchema, TakesIdempotencyKey, TakesIfMatch } from '../openapi/answers';
import { ValidateQuery } from './blueprint.dto';
import { BlueprintView, RevisionDetailView, RevisionView, ValidationView } from './blueprint.view';
import { ReadBlueprints } from './read-blueprints.use-case';
import { Sent, TakesDocument } from './sent-document';
import { StoreBlueprint } from './store-blueprint.use-case';
import { ValidateBlueprint } from './validate-blueprint.use-case';

@ApiTags('blueprints')
@Controller('blueprints')
export class BlueprintsController {
  constructor(
    private readonly validateBlueprint: ValidateBlueprint,
    private readonly storeBlueprint: StoreBlueprint,
    private readonly readBlueprints: ReadBlueprints,
  ) {}

  /** 200 also for a document that is invalid or cannot be parsed: the answer is about it. */
  @Post('validate')
  @HttpCode(200)
  @RequirePermission('blueprint:read')
  @TakesDocument()
  @ApiOperation({ summary: 'Check a blueprint, all problems at once' })
  @Answers(200, ValidationView, 'Whether it is valid, and what is wrong.')
  validate(@CurrentCaller() caller: Caller, @Sent() document: SentDocument, @Query() query: ValidateQuery) {
    return this.validateBlueprint.execute(caller, document, query);
  }

  @Post()
  @RequirePermission('blueprint:write')
  @TakesDocument()
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Store a blueprint' })
  @Answers(201, BlueprintView, 'The blueprint with its first revision.')
  create(@CurrentCaller() caller: Caller, @Sent() document: SentDocument) {
    return this.storeBlueprint.create(caller, document);
  }

  @Get()
  @RequirePermission('blueprint:read')
  @ApiOperation({ summary: 'List blueprints, newest first' })
  @Answers(200, pageSchema(BlueprintView), 'A page of blueprints.')
  list(@CurrentCaller() caller: Caller, @Query() query: NameQuery) {
    return this.readBlueprints.list(caller, query);
  }

  @Get(':blueprintId')
  @RequirePermission('blueprint:read')
  @ApiOperation({ summary: 'Read a blueprint' })
  @Answers(200, BlueprintView, 'The blueprint.')
  get(@CurrentCaller() caller: Caller, @Param('blueprintId', ResourceId) blueprintId: string) {
    return this.readBlueprints.get(caller, blueprintId);
  }

  @Put(':blueprintId')
  @RequirePermission('blueprint:write')
  @TakesDocument()
  @TakesIfMatch()
  @ApiOperation({ summary: 'Store a new revision, unless nothing has changed' })
  @Answers(200, BlueprintView, 'The blueprint.')
  change(
    @CurrentCaller() caller: Caller,
    @Param('blueprintId', ResourceId) blueprintId: string,
    @Sent() document: SentDocument,
  ) {
    return this.storeBlueprint.change(caller, blueprintId, document);
  }

  @Delete(':blueprintId')
  @HttpCode(204)
  @RequirePermission('blueprint:write')
  @ApiOperation({ summary: 'Delete a blueprint that no range uses' })
  @AnswersNothing('It is gone; its name is free.')
  delete(@CurrentCaller() caller: Caller, @Param('blueprintId', ResourceId) blueprintId: string) {
    return this.storeBlueprint.delete(caller, blueprintId);
  }

  @Get(':blueprintId/revisions')
  @RequirePermission('blueprint:read')
  @ApiOperation({ summary: 'List the revisions of a blueprint, newest first' })
  @Answers(200, pageSchema(RevisionView), 'A page of revisions.')
  revisions(
    @CurrentCaller() caller: Caller,
    @Param('blueprintId', ResourceId) blueprintId: string,
    @Query() query: PageQuery,
  ) {
    return this.readBlueprints.revisions(caller, blueprintId, query);
  }

  @Get(':blueprintId/revisions/:revision')
  @RequirePermission('blueprint:read')
  @ApiOperation({ summary: 'Read a revision in its normalised form' })
  @Answers(200, RevisionDetailView, 'The revision.')
  revision(
    @CurrentCaller() caller: Caller,
    @Param('blueprintId', ResourceId) blueprintId: string,
    @Param('revision', RevisionNumber) revision: number,
  ) {
    return this.readBlueprints.revision(caller, blueprintId, revision);
  }

  @Get(':blueprintId/revisions/:revision/source')
  @RequirePermission('blueprint:read')
  @ApiOperation({ summary: 'Read a revision as it was sent' })
  @Answers(200, Type.String(), 'The document in its own media type.', 'application/yaml')
  source(
    @CurrentCaller() caller: Caller,
    @Param('blueprintId', ResourceId) blueprintId: string,
    @Param('revision', RevisionNumber) revision: number,
  ) {
    return this.readBlueprints.source(caller, blueprintId, revision);
  }
}
