import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

import { Answer } from '../http/answer';

const FOLDER = dirname(require.resolve('swagger-ui-dist/package.json'));
const TYPES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Orion Range API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
  </head>
  <body>
    <div id="ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;
const START = `window.ui = SwaggerUIBundle({ url: 'openapi.json', dom_id: '#ui', deepLinking: true });\n`;

/** The API's description, as a document and as a page that loads nothing from elsewhere. */
@Injectable()
export class Documentation {
  private known: OpenAPIObject | undefined;

  /** Set once the application knows its routes. */
  set document(document: OpenAPIObject) {
    this.known = document;
  }

  get document(): OpenAPIObject {
    if (this.known === undefined) throw new Error('The application does not know its routes yet.');
    return this.known;
  }

  page(): Answer<string> {
    return new Answer(200, PAGE, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
    });
  }

  start(): Answer<string> {
    return new Answer(200, START, { 'content-type': 'text/javascript; charset=utf-8' });
  }

  asset(name: keyof typeof TYPES): Answer<Readable> {
    return new Answer<Readable>(200, createReadStream(join(FOLDER, name)), {
      'content-type': TYPES[name],
      'cache-control': 'public, max-age=86400',
    });
  }
}
