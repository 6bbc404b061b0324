import { askModels } from '../../ros/model-client.js';
import { EXIT, print, printJson } from '../output.js';
import type { ModelsOptions } from './models-options.js';
import { table } from './models-text.js';

/** Time to find the node on the graph, ms. */
const FIND_MS = 10_000;
/** Time that loading a model may take, ms. */
const LOAD_MS = 120_000;

interface ManageResponse {
  readonly success: boolean;
  readonly code: string;
  readonly message: string;
}

interface StatusMessage {
  readonly id: string;
  readonly state: string;
  readonly used: boolean;
  readonly pinned: boolean;
  readonly provider: string;
  readonly memory_mb: number;
  readonly memory_measured: boolean;
  readonly run_p50_ms: number;
  readonly run_p99_ms: number;
  readonly runs: bigint | number;
  readonly value: number;
  readonly reason: string;
  readonly fault: string;
}

interface ListResponse {
  readonly models: readonly StatusMessage[];
  readonly history: readonly object[];
  readonly ram_mb: number;
  readonly ram_mb_max: number;
  readonly gpu_mb: number;
  readonly gpu_mb_max: number;
}

/** Whole numbers of 64 bits come as BigInt, which JSON does not have. */
const plain = (value: object): unknown =>
  JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)));

/** `sage models list --live`. */
export async function listLive(options: ModelsOptions, rosArgs: readonly string[]): Promise<number> {
  const answer = await askModels<ListResponse>({
    action: 'list',
    rosArgs,
    find_ms: FIND_MS,
    timeout_ms: FIND_MS,
  });
  if (options.json) {
    printJson(plain(answer));
    return EXIT.done;
  }
  const rows = answer.models.map((model) => [
    model.id,
    model.state,
    model.pinned ? 'pinned' : model.used ? 'used' : '',
    `${model.memory_measured ? '' : '~'}${model.memory_mb.toFixed(0)} MB`,
    model.provider,
    Number(model.runs) === 0 ? '–' : `${model.run_p50_ms.toFixed(1)} / ${model.run_p99_ms.toFixed(1)} ms`,
    model.value.toFixed(2),
    model.fault || model.reason,
  ]);
  print(table(['model', 'state', '', 'memory', 'on', 'run p50 / p99', 'value', 'why'], rows));
  print(`memory ${answer.ram_mb.toFixed(0)} of ${answer.ram_mb_max.toFixed(0)} MB`);
  return EXIT.done;
}

/** `sage models load|unload|swap`: exit code 0 when the node did it. */
export async function askLive(
  action: 'load' | 'unload' | 'swap',
  model: string,
  to: string,
  options: ModelsOptions,
  rosArgs: readonly string[],
): Promise<number> {
  const answer = await askModels<ManageResponse>({
    action,
    model,
    to,
    rosArgs,
    find_ms: FIND_MS,
    timeout_ms: LOAD_MS,
  });
  if (options.json) printJson({ success: answer.success, code: answer.code, message: answer.message });
  else if (answer.success) print(answer.message);
  if (!answer.success) process.stderr.write(`${answer.message}\n`);
  return answer.success ? EXIT.done : EXIT.failed;
}
