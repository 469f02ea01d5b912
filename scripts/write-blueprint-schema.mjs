// Writes docs/reference/blueprint-v1.schema.json from the build: node scripts/write-blueprint-schema.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { BLUEPRINT_SCHEMA_V1 } = createRequire(import.meta.url)('../libs/contracts/dist/blueprint/index.js');
const file = new URL('../docs/reference/blueprint-v1.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(BLUEPRINT_SCHEMA_V1, null, 2)}\n`);
