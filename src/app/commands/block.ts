import { parseArgs } from 'node:util';
import { messageOf, SageError } from '../../contracts/errors.js';
import { BLOCK_NAMES } from '../../ros/block.js';
import { openBlock } from '../../ros/standalone.js';
import { loadConfiguration } from '../config.js';
import { EXIT, print, printJson, report } from '../output.js';
import { withConfiguredNames } from '../topics.js';

/** At most this many throwing callbacks are reported: each is a bug, and a flood of reports helps nobody. */
const BUGS_TOLD_MAX = 20;

const HELP = `Usage: sage block NAME [--config FILE]... [--ros-args ...]

Run one sensing or effecting block as a process of its own. The main node uses it
if node.external_blocks names it.

Options:
  --config FILE  configuration file, as for sage up; repeatable
  --json         print one line of JSON when ready
  -h, --help     show this help

NAME is one of:
  ${BLOCK_NAMES.replaceAll(', ', '\n  ')}

Example: sage block camera --config config/robots/my-arm.yaml`;

interface BlockArguments {
  readonly name: string;
  readonly files: readonly string[];
  readonly rosArgs: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
}

function parse(argv: readonly string[]): BlockArguments {
  const at = argv.indexOf('--ros-args');
  const own = at < 0 ? argv : argv.slice(0, at);
  const rosArgs = at < 0 ? [] : argv.slice(at);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: {
        config: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [name = ''] = positionals;
    if (positionals.length !== 1 && !values.help) {
      throw new SageError('SAGE_901', 'sage block', 'expected the name of one block');
    }
    return { name, files: values.config, rosArgs, json: values.json, help: values.help };
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_901', 'sage block', messageOf(thrown), { cause: thrown });
  }
}

/**
 * `sage block NAME`: one block in this process until it is stopped (SIGINT, SIGTERM). Returns the exit code.
 */
export async function runBlock(argv: readonly string[]): Promise<number> {
  try {
    const { name, files, rosArgs, json, help } = parse(argv);
    if (help) {
      print(HELP);
      return EXIT.done;
    }
    const configuration = loadConfiguration(files);
    const names = withConfiguredNames(rosArgs, configuration);
    const { node, domain_id, close } = await openBlock(name, configuration.parameters, names, tellBugs());
    if (json) printJson({ ready: true, node, domain_id });
    else print(`${node} runs (domain ${domain_id})`);
    await toldToEnd();
    close();
    return EXIT.done;
  } catch (thrown) {
    return report(thrown, argv.includes('--json'));
  }
}

/** Says what callbacks threw on standard error, the first few of them. */
function tellBugs(): (where: string, text: string) => void {
  let bugs = 0;
  return (where, text) => {
    bugs += 1;
    if (bugs <= BUGS_TOLD_MAX) process.stderr.write(`a callback threw: ${where}: ${text}\n`);
  };
}

function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    // Not once: ros2 launch passes a Ctrl-C on that the terminal has sent already; the second must change nothing.
    process.on('SIGINT', () => resolve());
    process.on('SIGTERM', () => resolve());
  });
}
