import { createRequire } from 'node:module';

/**
 * `oneFile(name)` is the CommonJS edition of a package. For packages whose edition for `import` is dozens of files,
 * each found and read by itself, while the other one is a single file, or is read in a third of the time: all of it is
 * waited for at every start.
 */
export const oneFile = createRequire(import.meta.url);
