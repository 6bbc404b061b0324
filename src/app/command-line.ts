import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { SageError } from '../contracts/errors.js';
import { splitRosArguments } from './arguments.js';
import { COMMANDS, type CommandEntry, type RawCommand } from './commands/registry.js';
import { HELP } from './help.js';
import { EXIT, print, report } from './output.js';
import { endWithParent } from './parent.js';
import { packageRoot } from './root.js';

/** Runs one command line; returns the exit code of the process. Errors are said, not thrown. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const { own, ros } = splitRosArguments(argv);
  let code: number = EXIT.done;
  const program = new Command('sage')
    .description("Run a robot arm's perception and decisions on ROS 2, within a compute budget.")
    .version(packageVersion(), '-V, --version')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({ writeErr: () => {} })
    .addHelpText(
      'after',
      '\nExample: sage up --seconds 30 --json\nRun sage COMMAND --help for the options of a command.',
    );
  for (const entry of COMMANDS) {
    addCommand(program, entry, ros, (result) => {
      code = result;
    });
  }
  const raw = COMMANDS.find((entry) => entry.kind === 'raw' && entry.name === own[0]);
  try {
    if (raw?.kind === 'raw') return await runRaw(raw, [...own.slice(1), ...ros]);
    if (own.length === 0)
      throw new SageError('SAGE_901', 'sage', `no command given; choose one of ${names()}`);
    // For an unknown command, --help would show the help of sage itself.
    await program.parseAsync(isUnknown(own[0] ?? '') ? [own[0] ?? ''] : [...own], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    return report(
      asSageError(thrown, raw === undefined ? 'sage' : `sage ${raw.name}`),
      own.includes('--json'),
    );
  }
}

/** Runs a command that reads its own arguments, help included. */
async function runRaw(entry: RawCommand, argv: readonly string[]): Promise<number> {
  const own = splitRosArguments(argv).own;
  if (entry.help !== undefined && (own.includes('--help') || own.includes('-h'))) {
    print(entry.help);
    return EXIT.done;
  }
  if (entry.followsParent) endWithParent();
  return entry.run(argv);
}

function isUnknown(word: string): boolean {
  return !word.startsWith('-') && word !== 'help' && !COMMANDS.some(({ name }) => name === word);
}

function names(): string {
  return COMMANDS.map(({ name }) => name).join(', ');
}

function addCommand(
  program: Command,
  entry: CommandEntry,
  ros: readonly string[],
  done: (code: number) => void,
): void {
  const command = program.command(entry.name).description(entry.description).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  command.addHelpText('after', `\nExample: ${entry.example}`);
  if (entry.kind === 'raw') {
    command.usage(entry.usage);
    return;
  }
  entry.define(command);
  if (!entry.ros) command.hook('preAction', () => refuseRosArguments(entry.name, ros));
  command.action(async () => done(await entry.run(command.processedArgs, command.opts(), ros)));
}

function refuseRosArguments(name: string, ros: readonly string[]): void {
  if (ros.length > 0) throw new SageError('SAGE_901', name, '--ros-args is not supported here');
}

/** Commander's complaint in our words and on one line. */
function asSageError(thrown: unknown, where: string): unknown {
  if (!(thrown instanceof CommanderError)) return thrown;
  const detail = thrown.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return new SageError('SAGE_901', where, detail.replace(/\.$/, ''), { cause: thrown });
}

function packageVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return String((JSON.parse(text) as { version: string }).version);
}
