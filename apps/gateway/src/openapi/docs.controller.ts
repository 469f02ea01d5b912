import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BLUEPRINT_SCHEMA_V1 } from '@orion/contracts';
import { Type } from '@sinclair/typebox';

import { Public } from '../access/require-permission';
import { Answers } from './answers';
import { Documentation } from './documentation';

@ApiTags('service')
@Controller()
export class DocsController {
  constructor(private readonly documentation: Documentation) {}

  @Get('openapi.json')
  @Public()
  @ApiOperation({ summary: 'This description' })
  @Answers(200, Type.Unsafe({ type: 'object' }), 'The OpenAPI 3.1 document.')
  openApi() {
    return this.documentation.document;
  }

  @Get('schemas/blueprint/v1')
  @Public()
  @Header('content-type', 'application/schema+json')
  @ApiOperation({ summary: 'The JSON Schema of blueprints, for editors' })
  @Answers(200, Type.Unsafe({ type: 'object' }), 'JSON Schema 2020-12.', 'application/schema+json')
  blueprintSchema() {
    return JSON.stringify(BLUEPRINT_SCHEMA_V1);
  }

  @Get('docs')
  @Public()
  @ApiOperation({ summary: 'This description, readable' })
  @Answers(200, Type.String(), 'A page.', 'text/html')
  page() {
    return this.documentation.page();
  }

  @Get('docs/swagger-ui.css')
  @Public()
  @ApiExcludeEndpoint()
  style() {
    return this.documentation.asset('swagger-ui.css');
  }

  @Get('docs/swagger-ui-bundle.js')
  @Public()
  @ApiExcludeEndpoint()
  script() {
    return this.documentation.asset('swagger-ui-bundle.js');
  }

  @Get('docs/start.js')
  @Public()
  @ApiExcludeEndpoint()
  start() {
    return this.documentation.start();
  }
}
