import type { CatalogueEntry } from './entry.js';

/** 9xx: the command line and tools. */
export const TOOLS_ERRORS = {
  SAGE_901: { title: 'invalid command line', hint: 'see --help' },
  SAGE_902: { title: 'file not found', hint: 'check the path' },
  SAGE_903: {
    title: 'state not saved',
    hint: 'make sure node.state_folder is writable and its files were not edited',
  },
  SAGE_904: {
    title: 'unreadable decision record',
    hint: 'pass one JSON record, or one per line',
  },
  SAGE_905: { title: 'generated page out of date', hint: 'run sage docs and commit the result' },
  SAGE_906: { title: 'invalid launch description', hint: 'correct this field' },
} as const satisfies Record<string, CatalogueEntry>;
