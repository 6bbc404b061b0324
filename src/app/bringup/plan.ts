import { join } from 'node:path';
import { loadConfiguration } from '../config.js';
import { packageRoot } from '../root.js';
import { withConfiguredNames } from '../topics.js';
import { type Request, readDescription, resolveProcesses } from './description.js';
import type { ProcessSpec } from './run.js';

/** The description that `ros2 launch sage bringup.launch.py` reads, too. */
const DESCRIPTION = join(packageRoot, 'launch', 'bringup.yaml');
/** The compiled command line, which every process of the graph is started through. */
const MAIN = join(packageRoot, 'dist', 'app', 'main.js');

/**
 * The processes of a bring-up. The configuration files are read here first, so that a slip in one is said at once
 * and not by three processes in turn.
 * @throws SageError SAGE_1xx for a configuration file, SAGE_901 for a value, SAGE_906 for the description
 */
export function planProcesses(request: Request, env: NodeJS.ProcessEnv): ProcessSpec[] {
  const configuration = loadConfiguration(request.configs);
  const { use_sim_time } = configuration;
  const fromFile: Record<string, string> =
    use_sim_time === null ? {} : { use_sim_time: String(use_sim_time) };
  const asked = { ...request, values: { ...fromFile, ...request.values } };
  return resolveProcesses(readDescription(DESCRIPTION), asked, packageRoot).map((resolved) => ({
    name: resolved.name,
    role: resolved.role,
    command: process.execPath,
    args: [
      MAIN,
      resolved.command,
      ...resolved.arguments,
      ...withConfiguredNames(resolved.rosArguments, configuration),
    ],
    env,
  }));
}
