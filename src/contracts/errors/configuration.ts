import type { CatalogueEntry } from './entry.js';

/** 1xx: configuration. */
export const CONFIGURATION_ERRORS = {
  SAGE_101: { title: 'unknown parameter', hint: 'correct or remove the key' },
  SAGE_102: { title: 'parameter out of range', hint: 'choose a value within the allowed range' },
  SAGE_103: {
    title: 'cannot read configuration file',
    hint: 'check that the path exists and the file is valid YAML',
  },
  SAGE_104: { title: 'wrong parameter type', hint: 'use a value of the expected type' },
} as const satisfies Record<string, CatalogueEntry>;
