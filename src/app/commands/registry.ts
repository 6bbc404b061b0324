import type { Command } from 'commander';

/** A command that reads its own arguments, such as a process of the graph. */
interface RawCommand {
  readonly kind: 'raw';
  readonly name: string;
  readonly description: string;
  /** What stands behind the name in its help. */
  readonly usage: string;
  readonly example: string;
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** A command whose arguments are read for it. */
interface DefinedCommand {
  readonly kind: 'defined';
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Whether `--ros-args` means something to it. */
  readonly ros: boolean;
  readonly define: (command: Command) => void;
  readonly run: (
    args: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
    ros: readonly string[],
  ) => Promise<number>;
}

export type CommandEntry = RawCommand | DefinedCommand;

const JSON_OPTION = ['--json', 'one line of JSON for machines'] as const;

/**
 * Every command of `sage`. Each loads its code only when it runs, so that `--help` and `doctor` start at once and
 * ROS is loaded for nobody who does not need it.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    kind: 'defined',
    name: 'doctor',
    description: 'Check what SAGE needs on this machine, and say what is missing.',
    example: 'sage doctor',
    ros: false,
    define: (command) => command.option(...JSON_OPTION),
    run: async (_, options) => (await import('./doctor.js')).runDoctor(options),
  },
  {
    kind: 'defined',
    name: 'explain',
    description: 'Put decision records in plain words.',
    example: 'ros2 topic echo --once --field record_json sage/decision | sage explain -',
    ros: false,
    define: (command) =>
      command
        .argument('[file]', 'a record as JSON, or one per line; - is standard input', '-')
        .option(...JSON_OPTION),
    run: async ([file], options) => (await import('./explain.js')).runExplain(String(file), options),
  },
  {
    kind: 'defined',
    name: 'docs',
    description: 'Write the generated pages under docs/.',
    example: 'sage docs --check',
    ros: false,
    define: (command) =>
      command.option('--check', 'write nothing; fail where a page is out of date').option(...JSON_OPTION),
    run: async (_, options) => (await import('./docs.js')).runDocs(options),
  },
];
