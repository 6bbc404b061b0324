import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { SageError } from '../../src/contracts/errors.js';
import type { InferenceRequest, Tensor } from '../../src/contracts/inference.js';
import { defaultParameters, type Parameters } from '../../src/contracts/parameters/index.js';
import type { ModelManifest } from '../../src/models/index.js';
import { type HostLaunch, nodeHost, pythonHost, readManifest } from '../../src/models/index.js';

/** Made by make.py beside them. */
export const MODELS = join(projectRoot, 'test/fixtures/models');

export const manifestOf = (id: string): ModelManifest => readManifest(join(MODELS, `${id}.json`));

/** Parameters of a host that restarts quickly. */
export function hostParameters(changes: Partial<Parameters['models']> = {}): Parameters['models'] {
  return {
    ...defaultParameters().models,
    folder: MODELS,
    nice: 0,
    restart_min_ms: 20,
    restart_max_ms: 200,
    ...changes,
  };
}

/** A copy of the fixtures that a test may spoil, removed when it is done. */
export async function withCopy(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sage-models-'));
  try {
    cpSync(MODELS, folder, { recursive: true });
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const floats = (...values: number[]): Tensor => ({
  type: 'float32',
  dims: [1, values.length],
  data: Float32Array.from(values),
});

/** Asks the model `add` for 2, 3, 4, 5. */
export const ADD: InferenceRequest = {
  model: 'add',
  graph: 'main',
  inputs: { x: floats(1, 2, 3, 4) },
  fetch: ['y'],
};

/** The code of the SageError that this rejects with; fails the test when it does not reject, or with another error. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(SageError);
    return (thrown as SageError).code;
  }
  throw new Error('it did not reject');
}

/** The code of the SageError that this throws. */
export function thrownCode(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(SageError);
    return (thrown as SageError).code;
  }
  throw new Error('it did not throw');
}

/** Waits until the condition holds, without a fixed pause; mocha's own limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

interface TestedHost {
  readonly name: string;
  readonly launch: HostLaunch;
  /** Why it cannot be tried here, or null. */
  readonly absent: string | null;
}

/** A Python that has onnxruntime: SAGE_PYTHON_ORT, the one that npm test makes, that of training, or the system's. */
function pythonWithOrt(): string | null {
  const candidates = [
    process.env.SAGE_PYTHON_ORT ?? '',
    join(projectRoot, '.ros/ort/bin/python'),
    join(projectRoot, 'training/.venv/bin/python'),
    'python3',
  ];
  return candidates.find((python) => python !== '' && hasOrt(python)) ?? null;
}

function hasOrt(python: string): boolean {
  return spawnSync(python, ['-c', 'import onnxruntime, numpy'], { stdio: 'ignore' }).status === 0;
}

const python = pythonWithOrt();

/** Both hosts behind the one protocol. */
export const HOSTS: readonly TestedHost[] = [
  { name: 'Node', launch: nodeHost(), absent: null },
  {
    name: 'Python',
    launch: pythonHost(python ?? 'python3'),
    absent: python === null ? 'no Python with onnxruntime (set SAGE_PYTHON_ORT)' : null,
  },
];
