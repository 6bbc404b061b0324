import type { InferencePort } from '../../../contracts/inference.js';
import type { Parameters } from '../../../contracts/parameters/index.js';
import type { Planner } from '../../../contracts/plan.js';
import { CORE, CoreAdvisor, createHeuristicPlanner } from '../../../hrm/index.js';
import { createCorePlugin } from '../../../plugins/core/index.js';
import { DECLARED_COST_MS } from '../../declared-costs.js';
import type { MakeContender } from './episode.js';
import { oraclePlan } from './oracle.js';

/**
 * The rules, which leave out what is worth less than `value_min`. At the default of 0 they are what the node runs;
 * higher ones are what the rules could save by that one knob.
 */
export function heuristicContender(value_min = 0): MakeContender {
  const rules = createHeuristicPlanner();
  const planner: Planner = {
    plan(inputs) {
      const plan = rules.plan(inputs);
      const jobs = plan.jobs.map((job) => (job.value < value_min ? { ...job, chosen: false } : job));
      return { ...plan, jobs };
    },
  };
  return (orchestrator) => ({ orchestrator, planner: value_min > 0 ? planner : rules, plugins: [] });
}

/** The core as the node runs it: it reasons through the inference port, its cycles cost time and ATP. */
export function coreContender(
  inference: InferencePort,
  plan: Parameters['plan'],
  changes: Partial<Parameters['plan']> = {},
): MakeContender {
  const parameters = { plan: { ...plan, ...changes, implementation: 'core' as const } };
  return (orchestrator, plugins) => {
    const own = createCorePlugin({ inference, parameters });
    const advisor = new CoreAdvisor(parameters.plan, createHeuristicPlanner(), orchestrator, [
      ...plugins,
      own,
    ]);
    const { planner } = advisor;
    return {
      planner,
      orchestrator: advisor.orchestrator,
      plugins: [own],
      cost_ms: { [CORE]: DECLARED_COST_MS[CORE]! },
    };
  };
}

/** The teacher: what could be reached by who knows the future of every refinement. */
export const oracleContender: MakeContender = (orchestrator, _plugins, world) => {
  let reserve_atp = 0;
  return {
    planner: { plan: (inputs) => oraclePlan(world, inputs, reserve_atp) },
    orchestrator: {
      hStep(inputs) {
        const result = orchestrator.hStep(inputs);
        reserve_atp = (result.ledger.reserve_matp + result.ledger.allocated_matp) / 1000;
        return result;
      },
      cancel: (plugin, reason) => orchestrator.cancel(plugin, reason),
      cancelAll: (reason) => orchestrator.cancelAll(reason),
    },
    plugins: [],
  };
};
