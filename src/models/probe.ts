import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch, cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import type { Tensor } from '../contracts/inference.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { graphLoads, isRows } from './graph-load.js';
import { LatencyHistogram } from './latency.js';
import type { HostLaunch } from './launch.js';
import { type GraphDeclaration, inPrecision, type ModelManifest } from './manifest.js';
import type { LoadedGraph } from './protocol.js';
import { modelFolder } from './registry.js';
import { ELEMENT_BYTES, elementsOf, viewAs } from './tensors.js';
import { ModelTrial } from './trial.js';

/** An open dimension is measured at this size. */
const OPEN_DIM = 1;
const RUNS = 20;
/** Of a slow model fewer: no more are begun after this. */
const RUNS_MIN = 3;
const RUNS_MS = 5000;
const PROBES_MAX = 512;

const graphProbeSchema = z.strictObject({
  name: z.string(),
  provider: z.string(),
  run_p50_ms: z.number(),
  run_p99_ms: z.number(),
  round_trip_p50_ms: z.number(),
});

/** What a model takes on this machine. */
const probeSchema = z.strictObject({
  /** Names model, files, machine and settings; figures of others do not count. */
  key: z.string(),
  id: z.string(),
  at: z.string(),
  machine: z.string(),
  runtime: z.string(),
  threads: z.int(),
  /** From starting a host to its first run being done, ms. */
  load_ms: z.number(),
  /** Resident memory of the host with the model after its runs, MB. */
  memory_mb: z.number(),
  /** Of it, what the host takes without a model, MB; the rest are weights and what runs need. */
  host_mb: z.number().optional(),
  graphs: z.array(graphProbeSchema),
});
export type Probe = z.infer<typeof probeSchema>;

const fileSchema = z.strictObject({ probes: z.array(probeSchema).max(PROBES_MAX) });

let machine: string | null = null;

/** Read once: it takes 3 ms, and the node asks for it between two cycles. */
function machineName(): string {
  machine ??= `${cpus()[0]?.model ?? 'unknown'} ×${cpus().length} ${arch()}`;
  return machine;
}

/** What the figures depend on. */
export function probeKey(manifest: ModelManifest, parameters: Parameters['models']): string {
  const { threads, providers, host } = parameters;
  const files = inPrecision(manifest, parameters)
    .files.flatMap(({ sha256, data = [] }) => [sha256, ...data.map((each) => each.sha256)])
    .sort();
  const text = JSON.stringify([manifest.id, files, machineName(), threads, providers, host]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Where the figures are kept. */
export function probeFile({ probe_file }: Pick<Parameters['models'], 'probe_file'>): string {
  if (probe_file !== '') return probe_file;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sage', 'model-probes.json');
}

/** The figures that were kept; none where there is no such file. A file that is not ours counts as none too. */
export function readProbes(path: string): readonly Probe[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
  }
  try {
    return fileSchema.parse(JSON.parse(text)).probes;
  } catch {
    // A cache: corrupt entries are measured again.
    return [];
  }
}

/** Keeps one model's figures; those it had before on this machine give way. */
export function keepProbe(path: string, probe: Probe): void {
  const others = readProbes(path).filter(({ key }) => key !== probe.key);
  const probes = [...others, probe].slice(-PROBES_MAX);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify({ probes }, null, 1)}\n`);
    renameSync(draft, path);
  } catch (thrown) {
    throw new SageError('SAGE_903', path, messageOf(thrown), { cause: thrown });
  }
}

/**
 * Zeros for every input; an open picture has the size that its adapter gives it, and as many rows of a batch as it sends
 * together.
 */
export function zeros(graph: GraphDeclaration, { adapter }: ModelManifest): Record<string, Tensor> {
  const stacked = [...graph.inputs, ...graph.outputs].every(({ shape }) => isRows(shape[0]));
  return Object.fromEntries(
    graph.inputs.map(({ name, dtype, shape }) => {
      const [rows, columns] = (shape.length === 4 && adapter?.size) || [OPEN_DIM, OPEN_DIM];
      const open = shape[3] === 3 ? [OPEN_DIM, rows, columns, 3] : [OPEN_DIM, 3, rows, columns];
      const dims = shape.map((dim, i) => {
        if (typeof dim === 'number') return dim;
        if (i === 0 && stacked) return adapter?.batch ?? OPEN_DIM;
        return shape.length === 4 ? open[i]! : OPEN_DIM;
      });
      const data = viewAs(dtype, new Uint8Array(elementsOf(dims) * ELEMENT_BYTES[dtype]));
      return [name, { type: dtype, dims, data }];
    }),
  );
}

/**
 * Measures a model in a host of its own: how long it takes to load, what memory it takes, and how long each graph runs
 * on zeros. @throws SageError what loading or running it fails with.
 */
export async function probeModel(
  manifest: ModelManifest,
  parameters: Parameters['models'],
  launch?: HostLaunch,
): Promise<Probe> {
  const began_ms = performance.now();
  const trial = await ModelTrial.open(parameters, launch);
  try {
    const { folder } = parameters;
    const loaded = await trial.load(graphLoads(inPrecision(manifest, parameters), modelFolder(folder)));
    return await probeLoaded(trial, manifest, parameters, loaded, performance.now() - began_ms);
  } finally {
    await trial.close();
  }
}

/**
 * Measures a model that is loaded, with what its runs take beside its weights.
 * @throws SageError what running it fails with
 */
export async function probeLoaded(
  trial: ModelTrial,
  manifest: ModelManifest,
  parameters: Parameters['models'],
  loaded: readonly LoadedGraph[],
  load_ms: number,
): Promise<Probe> {
  const graphs: Probe['graphs'] = [];
  for (const [name, graph] of Object.entries(manifest.graphs)) {
    const provider = loaded.find((each) => each.name === name)?.provider ?? '';
    graphs.push({ name, provider, ...(await timesOf(trial, name, graph, manifest)) });
  }
  const { host_mb } = trial;
  return {
    key: probeKey(manifest, parameters),
    id: manifest.id,
    at: new Date().toISOString(),
    machine: machineName(),
    runtime: trial.runtime,
    threads: parameters.threads,
    load_ms,
    memory_mb: await trial.memoryMb(),
    ...(host_mb === null ? {} : { host_mb }),
    graphs,
  };
}

async function timesOf(
  trial: ModelTrial,
  name: string,
  graph: GraphDeclaration,
  manifest: ModelManifest,
): Promise<Omit<Probe['graphs'][number], 'name' | 'provider'>> {
  const inputs = zeros(graph, manifest);
  const outputs = graph.outputs.map((output) => output.name);
  const [run, round_trip] = [new LatencyHistogram(), new LatencyHistogram()];
  const began_ms = performance.now();
  for (let i = 0; i < RUNS && (i < RUNS_MIN || performance.now() - began_ms < RUNS_MS); i++) {
    // Kept, not fetched: whether zeros give finite numbers does not matter here.
    const { run_ms, round_trip_ms } = await trial.time(name, inputs, outputs);
    run.add(run_ms);
    round_trip.add(round_trip_ms);
  }
  return {
    run_p50_ms: run.quantile_ms(0.5) ?? 0,
    run_p99_ms: run.quantile_ms(0.99) ?? 0,
    round_trip_p50_ms: round_trip.quantile_ms(0.5) ?? 0,
  };
}
