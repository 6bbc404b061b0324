import type { CatalogueEntry } from './entry.js';

/** 6xx: refinement and plugins. */
export const REFINEMENT_ERRORS = {
  SAGE_601: { title: 'plugin threw', hint: 'fix the plugin; this refinement was ended' },
  SAGE_602: { title: 'plugin energy not finite', hint: 'return a finite number from energy()' },
  SAGE_603: { title: 'plugin exceeded its deadline', hint: 'make its steps shorter, or raise its deadline' },
  SAGE_604: { title: 'unknown plugin', hint: 'register a plugin with this id' },
  SAGE_605: {
    title: 'plugin energy not reproducible',
    hint: 'make energy() depend only on the state, and do not modify the state passed to step()',
  },
  SAGE_606: {
    title: 'refinement command rejected',
    hint: 'use unique job ids, whole grants ≥ 0, and no more concurrent jobs than the runner allows',
  },
  SAGE_607: {
    title: 'invalid plugin declaration',
    hint: 'correct this field; see docs/writing-a-plugin.md',
  },
  SAGE_608: {
    title: 'unusable plugin module',
    hint: "correct the path in node.plugins or the module's exports; see docs/writing-a-plugin.md",
  },
  SAGE_609: {
    title: 'plugin overspent its budget',
    hint: 'declare the real cost of a step, make steps smaller, or move the work into a model host',
  },
  SAGE_610: {
    title: 'refinement thread lost',
    hint: 'it restarts by itself; move steps that may never return into a model host',
  },
  SAGE_611: {
    title: 'task or answer cannot be passed between threads',
    hint: 'use plain data: numbers, strings, arrays, typed arrays, and objects of these',
  },
} as const satisfies Record<string, CatalogueEntry>;
