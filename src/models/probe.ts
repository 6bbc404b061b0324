import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch, cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import type { Tensor } from '../contracts/inference.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { HostLaunch } from './launch.js';
import { residentMb } from './manager/memory.js';
import { type GraphDeclaration, inPrecision, type ModelManifest } from './manifest.js';
import { createModelHost } from './model-host.js';
import { ELEMENT_BYTES, elementsOf, viewAs } from './tensors.js';

/** An open dimension is measured at this size. */
const OPEN_DIM = 1;
const RUNS = 20;
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
    .files.map(({ sha256 }) => sha256)
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
    // A cache: what is spoilt is measured anew.
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

/** Zeros for every input; an open picture has the size that its adapter gives it. */
export function zeros(graph: GraphDeclaration, { adapter }: ModelManifest): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, dtype, shape }) => {
      const [rows, columns] = (shape.length === 4 && adapter?.size) || [OPEN_DIM, OPEN_DIM];
      const open = shape[3] === 3 ? [OPEN_DIM, rows, columns, 3] : [OPEN_DIM, 3, rows, columns];
      const dims = shape.map((dim, i) =>
        typeof dim === 'number' ? dim : shape.length === 4 ? open[i]! : OPEN_DIM,
      );
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
  const host = createModelHost({ parameters, manifests: [manifest], ...(launch ? { launch } : {}) });
  try {
    await host.ready();
    const load_ms = performance.now() - began_ms;
    const { fault } = host.health();
    if (fault) throw SageError.of(fault);
    for (const [name, graph] of Object.entries(manifest.graphs)) {
      const inputs = zeros(graph, manifest);
      const keep = graph.outputs.map((output) => output.name);
      for (let i = 0; i < RUNS; i++) {
        // Kept, not fetched: whether zeros give finite numbers does not matter here.
        const { slots } = await host.run({ model: manifest.id, graph: name, inputs, fetch: [], keep });
        host.free(Object.values(slots));
      }
    }
    const health = host.health();
    return {
      key: probeKey(manifest, parameters),
      id: manifest.id,
      at: new Date().toISOString(),
      machine: machineName(),
      runtime: health.runtime,
      threads: parameters.threads,
      load_ms,
      memory_mb: (await residentMb(health.pid)) ?? (await host.stats()).rss_bytes / 1e6,
      graphs: (health.models[0]?.graphs ?? []).map(({ name, provider, run, round_trip }) => ({
        name,
        provider: provider ?? '',
        run_p50_ms: run.p50_ms ?? 0,
        run_p99_ms: run.p99_ms ?? 0,
        round_trip_p50_ms: round_trip.p50_ms ?? 0,
      })),
    };
  } finally {
    await host.close();
  }
}
