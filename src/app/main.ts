import { keepCompiled } from './compiled-code.js';

keepCompiled();
// Only then: what an import names is compiled before any of the module that imports it runs.
const { runCommandLine } = await import('./command-line.js');
const code = await runCommandLine(process.argv.slice(2));
// ROS and model hosts keep handles open; what had to be closed is closed when a command returns.
process.exit(code);
