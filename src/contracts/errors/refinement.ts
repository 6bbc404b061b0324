import type { CatalogueEntry } from './entry.js';

/** 6xx: refinement and plugins. */
export const REFINEMENT_ERRORS = {
  SAGE_601: { title: 'plugin threw', hint: 'see the message; its refinement was ended' },
  SAGE_602: { title: 'plugin energy not finite', hint: 'return a finite number from energy()' },
  SAGE_603: { title: 'plugin overran its deadline', hint: 'make a step shorter, or raise its deadline' },
  SAGE_604: { title: 'plugin unknown', hint: 'register the plugin under this id' },
  SAGE_605: {
    title: 'plugin energy not reproducible',
    hint: 'energy() must depend on the state alone, and step() must not change the state it is given',
  },
  SAGE_606: {
    title: 'refinement command refused',
    hint: 'use a job id once, whole grants ≥ 0, and fewer jobs at a time than the runner allows',
  },
  SAGE_607: {
    title: 'plugin declaration invalid',
    hint: 'correct the field named; see docs/writing-a-plugin.md',
  },
  SAGE_608: {
    title: 'plugin module not usable',
    hint: 'correct the path in node.plugins, or what the module exports; see docs/writing-a-plugin.md',
  },
  SAGE_609: {
    title: 'plugin overspends',
    hint: 'declare what a step costs, make steps smaller, or move the work into a model host',
  },
  SAGE_610: {
    title: 'refinement thread lost',
    hint: 'it is started again by itself; a step that never returns belongs in a model host',
  },
  SAGE_611: {
    title: 'task or answer cannot cross to the refinement thread',
    hint: 'use plain data: numbers, texts, arrays, typed arrays, and objects of these',
  },
} as const satisfies Record<string, CatalogueEntry>;
