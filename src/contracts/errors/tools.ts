import type { CatalogueEntry } from './entry.js';

/** 9xx: the command line and tools. */
export const TOOLS_ERRORS = {
  SAGE_901: { title: 'command line not understood', hint: 'see --help' },
  SAGE_902: { title: 'file not found', hint: 'check the path' },
  SAGE_903: {
    title: 'state not kept',
    hint: 'check the folder node.state_folder: it must be writable, and its files unaltered',
  },
  SAGE_904: {
    title: 'decision record not readable',
    hint: 'give records as JSON, one alone or one per line',
  },
  SAGE_905: { title: 'generated page out of date', hint: 'run sage docs and commit what it writes' },
  SAGE_906: { title: 'launch description invalid', hint: 'correct the field named' },
} as const satisfies Record<string, CatalogueEntry>;
