import { runCommandLine } from './command-line.js';

const code = await runCommandLine(process.argv.slice(2));
// ROS and model hosts keep handles open; what had to be closed is closed when a command returns.
process.exit(code);
