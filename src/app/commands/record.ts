import { EXIT, print, printJson } from '../output.js';
import type { RecordOptions } from '../record/options.js';
import { toldResult } from '../record/result.js';
import { RecordingSession } from '../record/session.js';

/**
 * `sage record`: what SAGE is given, says and does, as a bag of rosbag2; or, with `--black-box`, the last seconds of it
 * whenever something happens. Until Ctrl-C, or `--seconds`.
 * @throws SageError SAGE_803 without ROS, SAGE_1023 where the disk does not take it: what was written stays readable
 */
export async function runRecord(options: RecordOptions, rosArgs: readonly string[]): Promise<number> {
  const result = await new RecordingSession(options).run(rosArgs);
  if (options.json === true) printJson(result);
  else print(toldResult(result));
  return result.boxes_failed === 0 ? EXIT.done : EXIT.failed;
}
