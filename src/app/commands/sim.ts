import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, SageError } from '../../contracts/errors.js';
import { loadConfiguration } from '../config.js';
import { EXIT, print, printJson, report } from '../output.js';
import { tabletopConfig } from '../paths.js';
import { withConfiguredNames } from '../topics.js';

const FRAMES_MAX = 100_000;

const HELP = `Usage: sage sim [--config FILE]... [--urdf FILE] [--ros-args ...]
       sage sim --dump-labelled N --out DIR [--seed S]
       sage sim --bag FILE [--seconds N] [--seed S] [--camera-hz N] [--jpeg Q]

Run the simulated tabletop world on the topics of a real robot. With
--dump-labelled or --bag, write labelled frames or a bag instead, without ROS.

Options:
  --config FILE      configuration file; repeatable
                     (default: config/robots/tabletop.yaml)
  --urdf FILE        simulate this robot instead; needs its --config
  --dump-labelled N  write N labelled frames, each of a different world
  --out DIR          output folder for the frames
  --bag FILE         write an MCAP bag of SAGE at work in the world
  --seconds N        length of the bag in s (default: 6)
  --camera-hz N      camera rate in the bag (default: 10)
  --jpeg Q           image quality, 1 to 100, or raw (default: 70)
  --seed S           seed of the frames or the bag (default: 1);
                     for the running world set sim.seed instead
  --json             print one line of JSON when ready
  -h, --help         show this help

While it runs, change the world with JSON on sim/command:
  {"hand": {"for_s": 3}}        {"freeze": {"for_s": 2, "stamps": "frozen"}}
  {"camera_off": {"for_s": 1}}  {"truncate": {"for_s": 1}}  {"drop_share": 0.5}
  {"nan_joints": {"for_s": 1}}  {"stuck_joint": "elbow"}    {"noise": 0.05}
  {"emergency_stop": true}      {"exposure": 0.4}           {"battery": 0.2}
  {"reset_seed": 7}
  {"block": {"colour": "red", "x_m": 0.36, "y_m": 0.02}}

Example: sage sim --ros-args -p sim.seed:=7 -p sim.hand_at_s:=5.0`;

/**
 * `sage sim`: runs the tabletop world until SIGINT, SIGTERM, or its parent's IPC channel closes, or labelled frames of it. Returns the exit code.
 */
export async function runSim(argv: readonly string[]): Promise<number> {
  try {
    const at = argv.indexOf('--ros-args');
    const options = parse(at < 0 ? argv : argv.slice(0, at));
    if (options.help) print(HELP);
    else if (options.dump !== null) {
      const { dumpLabelled } = await import('./dump-labelled.js');
      await dumpLabelled(options.dump);
    } else if (options.bag !== null) await writeBag(options);
    else await runWorld(options, at < 0 ? [] : argv.slice(at));
    return EXIT.done;
  } catch (thrown) {
    return report(thrown, argv.includes('--json'));
  }
}

async function runWorld(
  options: { readonly files: readonly string[]; readonly urdf: string; readonly json: boolean },
  rosArgs: readonly string[],
): Promise<void> {
  const files = options.files.filter((file) => file !== '');
  if (options.urdf !== '' && files.length === 0) {
    throw new SageError('SAGE_901', '--urdf', 'needs --config FILE: its tip, joints, home and workspace');
  }
  const configuration = loadConfiguration(files.length > 0 ? files : [tabletopConfig()]);
  if (options.urdf !== '') configuration.parameters.sim.urdf = resolve(options.urdf);
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

/** A bag of the tabletop, with goals that come one after the other. */
async function writeBag({ files, bag, json }: ReturnType<typeof parse>): Promise<void> {
  if (bag === null) return;
  const { writeTabletopBag } = await import('../replay/tabletop-bag.js');
  const { parameters } = loadConfiguration(files.length > 0 ? files : [tabletopConfig()]);
  const { file, ...options } = bag;
  const written = await writeTabletopBag(file, {
    ...options,
    parameters,
    goals: ['pick up the red block', 'point at the green block', 'go home'],
    goal_every_s: 20,
    compression: options.jpeg_quality === null ? 'none' : 'zstd',
  });
  if (json) printJson(written);
  else print(`${written.path}: ${written.messages} messages`);
}

function parse(argv: readonly string[]) {
  const { values } = readOptions(argv);
  const { help, json, config, urdf } = values;
  const count = values['dump-labelled'];
  const bag = values.bag === undefined ? null : bagOf(values.bag, values);
  if (count === undefined) return { help, json, files: config, urdf, dump: null, bag };
  if (values.out === '') throw new SageError('SAGE_901', '--out', 'a folder for the frames is missing');
  const dump = {
    count: wholeNumber('--dump-labelled', count, 1, FRAMES_MAX),
    folder: values.out,
    seed: wholeNumber('--seed', values.seed, 0, 4294967295),
  };
  return { help, json, files: config, urdf, dump, bag: null };
}

function bagOf(file: string, values: ReturnType<typeof readOptions>['values']) {
  return {
    file,
    seed: wholeNumber('--seed', values.seed, 0, 4294967295),
    seconds: wholeNumber('--seconds', values.seconds, 1, 3600),
    camera_hz: wholeNumber('--camera-hz', values['camera-hz'], 1, 100),
    joints_hz: 100,
    jpeg_quality: values.jpeg === 'raw' ? null : wholeNumber('--jpeg', values.jpeg, 1, 100),
  };
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string', multiple: true, default: [] },
        urdf: { type: 'string', default: '' },
        'dump-labelled': { type: 'string' },
        out: { type: 'string', default: '' },
        bag: { type: 'string' },
        seconds: { type: 'string', default: '6' },
        'camera-hz': { type: 'string', default: '10' },
        jpeg: { type: 'string', default: '70' },
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
    // a parent that dies unexpectedly takes the world along
    if (process.channel !== undefined) process.once('disconnect', () => resolve());
  });
}
