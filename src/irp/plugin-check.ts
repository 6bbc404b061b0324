import { SageError } from '../contracts/errors.js';
import type { AnyIrpPlugin } from '../contracts/irp.js';

/** All energies of a job are kept, so its length must be bounded. */
export const MAX_STEPS_LIMIT = 1_000_000;

/** Throws SAGE_607 naming the field where a plugin's declaration is unusable. */
export function checkPlugin(plugin: AnyIrpPlugin): void {
  const { cost, limits } = plugin;
  const rules: readonly [string, boolean][] = [
    ['id: a name of 1 to 128 characters', plugin.id.length > 0 && plugin.id.length <= 128],
    ['cost.init_atp: finite, ≥ 0', Number.isFinite(cost.init_atp) && cost.init_atp >= 0],
    ['cost.step_atp: finite, ≥ 0', Number.isFinite(cost.step_atp) && cost.step_atp >= 0],
    [
      `limits.max_steps: whole, 1 to ${MAX_STEPS_LIMIT}`,
      Number.isInteger(limits.max_steps) && limits.max_steps >= 1 && limits.max_steps <= MAX_STEPS_LIMIT,
    ],
    ['limits.deadline_ms: > 0', limits.deadline_ms > 0],
    ['limits.halt_eps: finite, ≥ 0', Number.isFinite(limits.halt_eps) && limits.halt_eps >= 0],
    ['limits.halt_k: whole, ≥ 1', Number.isInteger(limits.halt_k) && limits.halt_k >= 1],
    [
      'limits.feasible_margin: finite or null, with feasibility() where it is a number',
      limits.feasible_margin === null ||
        (Number.isFinite(limits.feasible_margin) && plugin.feasibility !== undefined),
    ],
  ];
  for (const [rule, holds] of rules) {
    if (!holds) throw new SageError('SAGE_607', `plugin ${plugin.id}`, rule);
  }
}

/** Plugins by id; throws SAGE_607 for a malformed plugin or a duplicate id. */
export function pluginsById(plugins: readonly AnyIrpPlugin[]): ReadonlyMap<string, AnyIrpPlugin> {
  const byId = new Map<string, AnyIrpPlugin>();
  for (const plugin of plugins) {
    checkPlugin(plugin);
    if (byId.has(plugin.id)) throw new SageError('SAGE_607', `plugin ${plugin.id}`, 'id: used twice');
    byId.set(plugin.id, plugin);
  }
  return byId;
}
