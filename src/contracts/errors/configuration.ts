import type { CatalogueEntry } from './entry.js';

/** 1xx: configuration. */
export const CONFIGURATION_ERRORS = {
  SAGE_101: { title: 'unknown parameter', hint: 'correct the key, or remove it' },
  SAGE_102: { title: 'parameter out of range', hint: 'choose a value inside the allowed range' },
  SAGE_103: {
    title: 'configuration file not readable',
    hint: 'check the path and that the file is valid YAML',
  },
  SAGE_104: { title: 'parameter of the wrong type', hint: 'give a value of the type named' },
} as const satisfies Record<string, CatalogueEntry>;
