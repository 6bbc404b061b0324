/** Writes config/telemetry.schema.json from the zod schema: `npx tsx scripts/telemetry-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { telemetryJsonSchema } from '../src/irp/index.js';

const file = new URL('../config/telemetry.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(telemetryJsonSchema(), null, 2)}\n`);
