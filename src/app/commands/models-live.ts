import { askModels } from '../../ros/model-client.js';
import { EXIT, print, printJson } from '../output.js';
import type { LiveOptions } from './models-options.js';
import { table } from './models-text.js';

/** Time to find the node on the graph, ms. */
const FIND_MS = 10_000;
/** Time that loading a model may take, ms: TensorRT may build its engine meanwhile. A node that goes is noticed at once. */
const LOAD_MS = 7_200_000;
/** Callers that wait longer than this get a progress message, ms. */
const PATIENCE_MS = 10_000;

/** What was done last with the models, so many lines of it. */
const HISTORY_SHOWN = 8;

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

interface EventMessage {
  readonly header: { readonly stamp: { readonly sec: number } };
  readonly kind: string;
  readonly model: string;
  readonly replaced: string;
  readonly mode: string;
  readonly reason: string;
  readonly success: boolean;
  readonly code: string;
  readonly detail: string;
  readonly gap_ms: number;
}

interface ListResponse {
  readonly models: readonly StatusMessage[];
  readonly history: readonly EventMessage[];
  readonly ram_mb: number;
  readonly ram_mb_max: number;
  readonly gpu_mb: number;
  readonly gpu_mb_max: number;
}

/** Whole numbers of 64 bits come as BigInt, which JSON does not have. */
const plain = (value: object): unknown =>
  JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)));

/** What was done with a model: when, what, and why or why not. */
export function eventLine(event: EventMessage): readonly [at: string, what: string, why: string] {
  const { kind, model, replaced, mode, reason, success, code, detail, gap_ms } = event;
  const at = new Date(event.header.stamp.sec * 1000).toTimeString().slice(0, 8);
  const way = mode === '' ? '' : `; ${mode}, requests waited ${gap_ms.toFixed(0)} ms`;
  const what = `${kind} ${replaced === '' || replaced === model ? model : `${replaced} → ${model}`}`;
  if (success) return [at, what, `${reason}${way}`];
  return [at, what, detail.includes(reason) ? `${code} ${detail}` : `${reason}; failed: ${code} ${detail}`];
}

/** `sage models list --live`. */
export async function listLive(options: LiveOptions, rosArgs: readonly string[]): Promise<number> {
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
  const gpu =
    answer.gpu_mb_max > 0 ? `, GPU ${answer.gpu_mb.toFixed(0)} of ${answer.gpu_mb_max.toFixed(0)} MB` : '';
  print(`memory ${answer.ram_mb.toFixed(0)} of ${answer.ram_mb_max.toFixed(0)} MB${gpu}`);
  const lines = answer.history.slice(-HISTORY_SHOWN).map(eventLine);
  if (lines.length > 0) print(`\nlately\n${table(['at', 'what', 'why'], lines)}`);
  return EXIT.done;
}

/** `sage models load|unload|swap`: exit code 0 when the node did it. */
export async function askLive(
  action: 'load' | 'unload' | 'swap',
  model: string,
  to: string,
  options: LiveOptions,
  rosArgs: readonly string[],
): Promise<number> {
  const told = `still in progress; sage models list --live shows how far it is, and it continues if you quit this command\n`;
  const patience = setTimeout(() => process.stderr.write(told), PATIENCE_MS);
  const answer = await askModels<ManageResponse>({
    action,
    model,
    to,
    rosArgs,
    find_ms: FIND_MS,
    timeout_ms: LOAD_MS,
  }).finally(() => clearTimeout(patience));
  if (options.json) printJson({ success: answer.success, code: answer.code, message: answer.message });
  else if (answer.success) print(answer.message);
  if (!answer.success) process.stderr.write(`${answer.message}\n`);
  return answer.success ? EXIT.done : EXIT.failed;
}
