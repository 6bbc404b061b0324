import { createRequire } from 'node:module';

/**
 * `oneFile(name)` loads the CommonJS build of a package. For packages whose ES module build is dozens of
 * files, each resolved and read separately, while the CommonJS one is a single file or loads in a third of
 * the time: it all adds to every start.
 */
export const oneFile = createRequire(import.meta.url);
