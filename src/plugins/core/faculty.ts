import type { RefinementResult } from '../../contracts/plan.js';
import { CORE } from '../../hrm/index.js';
import type { Faculty } from '../../kernel/faculty.js';
import type { Situation } from '../../kernel/situation.js';

/** The core offers no jobs, because it plans; its faults are reported like those of any plugin. */
export function createCoreFaculty(): Faculty {
  return {
    plugin: CORE,
    offer: () => null,
    integrate({ report, finished }: RefinementResult, situation: Situation): void {
      if (finished && report.status !== 'cancelled') situation.noteRefinement(CORE, report.fault);
    },
  };
}
