import { join } from 'node:path';
import { packageRoot } from './root.js';

/** Configuration of the simulated arm. */
export const tabletopConfig = (): string => join(packageRoot, 'config', 'robots', 'tabletop.yaml');
