import { runModels } from '../../src/app/commands/models.js';
import { report } from '../../src/app/output.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command, with what it writes. Imported, not looked up: a class loaded twice is not itself. */
export async function runModelsCommand(...argv: string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  process.stdout.write = ((text: string) => {
    written.out += text;
    return true;
  }) as typeof process.stdout.write;
  process.stderr.write = ((text: string) => {
    written.err += text;
    return true;
  }) as typeof process.stderr.write;
  try {
    const code = await runModels(argv).catch((thrown: unknown) => report(thrown, false));
    return { code, ...written };
  } finally {
    process.stdout.write = stdout;
    process.stderr.write = stderr;
  }
}
