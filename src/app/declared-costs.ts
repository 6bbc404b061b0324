/** Time declared for initState and for one L-step per plugin, ms: what the refinements take on one slow core. */
export const DECLARED_COST_MS: Readonly<Record<string, number>> = {
  vision: 12,
  language: 4,
  trajectory: 0.5,
  attention: 0.02,
  core: 4,
};
