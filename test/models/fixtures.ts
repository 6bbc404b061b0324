import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import type { Tensor } from '../../src/contracts/inference.js';
import { defaultParameters, type Parameters } from '../../src/contracts/parameters/index.js';
import type { ModelManifest } from '../../src/models/index.js';
import { readManifest } from '../../src/models/index.js';

/** Made by make.py beside them. */
export const MODELS = fileURLToPath(new URL('../fixtures/models', import.meta.url));

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
