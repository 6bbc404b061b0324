/**
 * A bare loop in Node's onnxruntime, as bench/bare_loop.py is one in Python's: what of the host in Node is the host.
 * Takes the same arguments, reads the same lines and answers with the same.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [encoderFile, refineFile, threads, steps] = process.argv.slice(2);
const options = {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
};
const [encoder, refine] = await Promise.all(
  [encoderFile, refineFile].map((file) => InferenceSession.create(readFileSync(file), options)),
);
const data = new Uint8Array(640 * 480 * 3).map((_, i) => (i * 31) % 251);
const image = new Tensor('uint8', data, [1, 480, 640, 3]);

async function frame() {
  const { features, state0 } = await encoder.run({ image });
  let state = state0;
  for (let k = 0; k < Number(steps); k++) {
    const { next_state } = await refine.run({ features, state });
    state = next_state;
  }
}

console.log(JSON.stringify({ onnxruntime: 'node' }));
for await (const line of createInterface({ input: process.stdin })) {
  const times = [];
  for (let i = 0; i < Number(line); i++) {
    const began_ms = performance.now();
    await frame();
    times.push(performance.now() - began_ms);
  }
  console.log(JSON.stringify(times));
}
