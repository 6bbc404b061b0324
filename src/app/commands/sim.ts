import { parseArgs } from 'node:util';
import { messageOf, SageError } from '../../contracts/errors.js';
import { loadConfiguration } from '../config.js';
import { EXIT, print, printJson, report } from '../output.js';
import { tabletopConfig } from '../paths.js';
import { withConfiguredNames } from '../topics.js';

const FRAMES_MAX = 100_000;

const HELP = `usage: sage sim [--config FILE]... [--ros-args ...]
       sage sim --dump-labelled N --out DIR [--seed S]

Runs the tabletop world on the topics of a real robot, or writes labelled frames of it, which needs no ROS.

  --config FILE      configuration file; may be given several times (default: config/robots/tabletop.yaml)
  --dump-labelled N  write N frames, each of another world, with their labels
  --out DIR          where to write them
  --seed S           of the frames (default 1); the world on the graph takes sim.seed
  --json             say that it is ready as one line of JSON

While it runs, JSON on sim/command changes the world:
  {"hand": {"for_s": 3}}  {"drop_share": 0.5}  {"freeze": {"for_s": 2, "stamps": "frozen"}}  {"noise": 0.05}
  {"camera_off": {"for_s": 1}}  {"truncate": {"for_s": 1}}  {"nan_joints": {"for_s": 1}}  {"stuck_joint": "elbow"}
  {"exposure": 0.4}  {"battery": 0.2}  {"emergency_stop": true}  {"reset_seed": 7}

example: sage sim --ros-args -p sim.seed:=7 -p sim.hand_at_s:=5.0`;

/**
 * `sage sim`: the tabletop world as a process of the graph until it is told to end (SIGINT, SIGTERM, or its parent's
 * IPC channel closes), or labelled frames of it. Returns the exit code.
 */
export async function runSim(argv: readonly string[]): Promise<number> {
  try {
    const at = argv.indexOf('--ros-args');
    const options = parse(at < 0 ? argv : argv.slice(0, at));
    if (options.help) print(HELP);
    else if (options.dump !== null) {
      const { dumpLabelled } = await import('./dump-labelled.js');
      await dumpLabelled(options.dump);
    } else await runWorld(options, at < 0 ? [] : argv.slice(at));
    return EXIT.done;
  } catch (thrown) {
    return report(thrown, argv.includes('--json'));
  }
}

async function runWorld(
  options: { readonly files: readonly string[]; readonly json: boolean },
  rosArgs: readonly string[],
): Promise<void> {
  const files = options.files.filter((file) => file !== '');
  const configuration = loadConfiguration(files.length > 0 ? files : [tabletopConfig()]);
  const { openSim } = await import('../../ros/sim-node.js');
  const told = toldToEnd();
  const sim = await openSim(configuration.parameters, withConfiguredNames(rosArgs, configuration));
  try {
    const { node, domain_id, seed } = sim;
    if (options.json) printJson({ ready: true, node, domain_id, seed });
    else print(`${node} runs (seed ${seed}, domain ${domain_id})`);
    await Promise.race([told, sim.failed]);
  } finally {
    await sim.close();
  }
}

function parse(argv: readonly string[]) {
  const { values } = readOptions(argv);
  const { help, json, config } = values;
  const count = values['dump-labelled'];
  if (count === undefined) return { help, json, files: config, dump: null };
  if (values.out === '') throw new SageError('SAGE_901', '--out', 'a folder for the frames is missing');
  const dump = {
    count: wholeNumber('--dump-labelled', count, 1, FRAMES_MAX),
    folder: values.out,
    seed: wholeNumber('--seed', values.seed, 0, 4294967295),
  };
  return { help, json, files: config, dump };
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string', multiple: true, default: [] },
        'dump-labelled': { type: 'string' },
        out: { type: 'string', default: '' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (thrown) {
    throw new SageError('SAGE_901', 'sage sim', messageOf(thrown), { cause: thrown });
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new SageError('SAGE_901', option, `"${text}" is not a whole number from ${min} to ${max}`);
  }
  return value;
}

function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    // Not once: ros2 launch passes a Ctrl-C on that the terminal has sent already; the second must change nothing.
    process.on('SIGINT', () => resolve());
    process.on('SIGTERM', () => resolve());
    // a parent that dies without a word takes the world along
    if (process.channel !== undefined) process.once('disconnect', () => resolve());
  });
}
