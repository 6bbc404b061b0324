export { allocateShares, splitWhole } from './allocation.js';
export { branchWorthwhile } from './branching.js';
export { CORE, type CoreAdvice, type CoreTask } from './core/advice.js';
export { CoreAdvisor } from './core/advisor.js';
export { CORE_CONTEXT, CORE_TOKENS, type CoreContext } from './core/context.js';
export { CoreObserver } from './core/observer.js';
export {
  coherenceOf,
  contributions,
  convergence,
  hEnergy,
  normalisedEnergy,
  type Standing,
} from './integration.js';
export { createOrchestrator } from './orchestrator.js';
export { bestOutcome } from './outcomes.js';
export { createHeuristicPlanner } from './planner.js';
export type { PluginCapability } from './refinement.js';
export { type HrmParameters, updatedTrust } from './trust.js';
