import { join } from 'node:path';
import { type Configuration, loadConfiguration } from '../config.js';
import { packageRoot } from '../root.js';
import { withConfiguredNames } from '../topics.js';
import { type Request, readDescription, resolveNodes } from './description.js';
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
  const configuration: Configuration = loadConfiguration(request.configs);
  return resolveProcesses(readDescription(DESCRIPTION), request, packageRoot).map((resolved) => ({
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
