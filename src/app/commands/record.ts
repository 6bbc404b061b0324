import { SageError } from '../../contracts/errors.js';
import { EXIT, print, printJson } from '../output.js';
import type { RecordOptions } from '../record/options.js';
import { toldResult } from '../record/result.js';
import { RecordingSession } from '../record/session.js';

/**
 * `sage record`: what SAGE is given, says and does, as a bag of rosbag2; or, with `--black-box`, the last seconds of it
 * whenever something happens. Until Ctrl-C, or `--seconds`.
 * @throws SageError SAGE_901 of options, SAGE_803 without ROS, SAGE_1031 where nothing came, SAGE_1023 where the disk does not take it: what was written stays readable
 */
export async function runRecord(options: RecordOptions, rosArgs: readonly string[]): Promise<number> {
  refuseIdleOptions(options);
  const result = await new RecordingSession(options).run(rosArgs);
  if (options.json === true) printJson(result);
  else print(toldResult(result));
  return result.boxes_failed === 0 ? EXIT.done : EXIT.failed;
}

/** Options as the code names them and as they are typed. */
const BOX_ONLY = { after: '--after', memoryMb: '--memory-mb', boxes: '--boxes' } as const;
const BAG_ONLY = { maxFileMb: '--max-file-mb', maxTotalMb: '--max-total-mb' } as const;

/** An option that changes nothing would be believed to do something. */
function refuseIdleOptions(options: RecordOptions): void {
  const given = (names: Readonly<Record<string, string>>): string | undefined =>
    Object.entries(names).find(([name]) => options[name as keyof RecordOptions] !== undefined)?.[1];
  const box = options.blackBox === undefined ? given(BOX_ONLY) : undefined;
  if (box !== undefined) throw new SageError('SAGE_901', box, 'it needs --black-box');
  const bag = options.blackBox === undefined ? undefined : given(BAG_ONLY);
  if (bag !== undefined) throw new SageError('SAGE_901', bag, 'it has no effect with --black-box');
}
