import type { JobReport } from '../contracts/irp.js';
import type { MetabolicStatus } from '../contracts/metabolism.js';
import { normalisedEnergy } from './integration.js';
import { reportOf } from './outcomes.js';
import { type PluginCapability, type Refinement, TrackedJob } from './refinement.js';
import type { HrmParameters } from './trust.js';

/** A branch worth its cost, ready to start. */
interface BranchPlan {
  readonly job: TrackedJob;
  readonly back_steps: number;
}

/**
 * Whether a refinement should branch: retry from an earlier state with different noise. It should if
 * - the policy explores (exploration_rate > 0),
 * - it stalls: it halted by its slope, or made branch_stall_steps steps (more than halt_k) without a new
 *   best,
 * - its best is not good enough: more than branch_energy of the initial energy is left,
 * - its steps are noisy: without noise the branch would repeat it, and
 * - the ATP for all steps of the branch is spare, with the full runs of all others paid for.
 *
 * Null otherwise. Source: seeds/002, "rewind/branch".
 * @param left_matp what the reserve holds beyond what all running jobs could still need
 */
export function branchWorthwhile(
  refinement: Refinement,
  capability: PluginCapability | undefined,
  policy: MetabolicStatus,
  left_matp: () => number,
  parameters: HrmParameters,
): BranchPlan | null {
  const { root, branches, cancel_reason } = refinement;
  const { report } = root;
  const standing = reportOf(refinement);
  if (capability === undefined || report === null || standing === null || cancel_reason !== null) return null;
  if (policy.exploration_rate <= 0 || refinement.branches_tried >= parameters.branches_max) return null;
  if (branches.some(({ ended }) => !ended) || !stalls(report, capability, parameters)) return null;
  if ((report.random_draws ?? 0) === 0 || goodEnough(standing, report.energies[0]!, parameters)) return null;
  const back_steps = Math.min(report.steps, parameters.branch_back_steps);
  const max_steps = root.max_steps - (report.steps - back_steps);
  const job_id = `${root.job_id}.${refinement.branches_tried + 1}`;
  const job = new TrackedJob(job_id, root.plugin, capability, max_steps, true);
  return job.full_matp > left_matp() ? null : { job, back_steps };
}

/** An end good enough that the other jobs need not be waited for. */
export function goodEnough(report: JobReport, initial: number, parameters: HrmParameters): boolean {
  if (report.best_energy === null) return false;
  return (
    report.halt_reason === 'feasible' ||
    normalisedEnergy(initial, report.best_energy) <= parameters.branch_energy
  );
}

function stalls(report: JobReport, capability: PluginCapability, parameters: HrmParameters): boolean {
  if (report.best_energy === null) return false;
  // A plugin that frees resources when it ends cannot be continued.
  if (report.status === 'halted')
    return report.halt_reason === 'slope<eps' && capability.dispose === undefined;
  if (report.status !== 'running' && report.status !== 'starved') return false;
  const patience = Math.max(parameters.branch_stall_steps, capability.limits.halt_k + 1);
  return report.steps - report.best_step >= patience;
}
