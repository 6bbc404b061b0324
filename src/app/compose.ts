import type { InferencePort } from '../contracts/inference.js';
import type { AnyIrpPlugin } from '../contracts/irp.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { CoreAdvisor, createHeuristicPlanner, createOrchestrator } from '../hrm/index.js';
import { createTelemetryEmitter, pluginsById } from '../irp/index.js';
import type { Faculty } from '../kernel/faculty.js';
import { createKernel, type Kernel } from '../kernel/kernel.js';
import { createMetabolism } from '../metabolism/index.js';
import { createAttentionPlugin } from '../plugins/attention/index.js';
import { createCoreFaculty, createCorePlugin } from '../plugins/core/index.js';
import { createLanguagePlugin } from '../plugins/language/index.js';
import { createTrajectoryPlugin } from '../plugins/trajectory/index.js';
import { createVisionPlugin } from '../plugins/vision/index.js';
import type { ArmContext } from '../robot/arm-context.js';
import { createSalienceScorer } from '../salience/index.js';
import { adapterExtensions } from './adapters.js';
import { perceptionOf } from './perception.js';

/** A mind with its plugins: everything that is pure, put together. */
export interface Composition {
  readonly kernel: Kernel;
  readonly plugins: readonly AnyIrpPlugin[];
}

/** A plugin of the user's with the faculty that ties it to the cycle. */
export interface Extension {
  readonly plugin: AnyIrpPlugin;
  readonly faculty: Faculty;
}

/** What plugins need of where they run. */
export interface PluginPorts {
  readonly parameters: Parameters;
  readonly inference: InferencePort;
  /** The arm that motions are planned for; null without a description. */
  readonly robot: () => ArmContext | null;
  readonly extensions: readonly Extension[];
}

/**
 * All plugins: what the orchestrator has to choose from, and what the refinement thread runs.
 * @throws SageError SAGE_607 where two have the same id, or one declares what is impossible; those of perceptionOf
 */
export function composePlugins({ parameters, inference, robot, extensions }: PluginPorts): AnyIrpPlugin[] {
  const perception = perceptionOf(parameters);
  const plugins = [
    createVisionPlugin({ inference, parameters, model: perception.model.vision }),
    createTrajectoryPlugin({ robot, parameters }),
    createAttentionPlugin(parameters.attention),
    createLanguagePlugin({ inference, parameters, model: perception.model.text }),
    createCorePlugin({ inference, parameters }),
    ...adapterExtensions(perception).map(({ makePlugin }) => makePlugin(inference)),
    ...extensions.map(({ plugin }) => plugin),
  ];
  return [...pluginsById(plugins).values()];
}

/** Puts the mind together: the only place that knows every part by name. */
export function composeMind(
  parameters: Parameters,
  inference: InferencePort,
  extensions: readonly Extension[] = [],
): Composition {
  let kernel: Kernel | null = null;
  const robot = (): ArmContext | null => kernel?.mind.situation.body?.context ?? null;
  const plugins = composePlugins({ parameters, inference, robot, extensions });
  const orchestrator = createOrchestrator(parameters.hrm, plugins);
  const core = new CoreAdvisor(parameters.plan, createHeuristicPlanner(), orchestrator, plugins);
  kernel = createKernel(parameters, {
    salience: createSalienceScorer(parameters.salience),
    metabolism: createMetabolism(parameters.metabolism, parameters.hrm.atp_per_s),
    planner: core.planner,
    orchestrator: core.orchestrator,
    telemetry: createTelemetryEmitter(parameters.node.robot_id),
    faculties: [
      createCoreFaculty(),
      ...adapterExtensions(perceptionOf(parameters)).map(({ faculty }) => faculty),
      ...extensions.map(({ faculty }) => faculty),
    ],
  });
  return { kernel, plugins };
}
