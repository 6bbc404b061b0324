import { expect } from 'chai';
import { SageError } from '../../../src/contracts/errors.js';
import type { InferencePort, InferenceRequest, Tensor } from '../../../src/contracts/inference.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { CORE_CONTEXT, CORE_TOKENS, type CoreAdvice, type CoreTask } from '../../../src/hrm/index.js';
import { refine } from '../../../src/irp/index.js';
import { createCorePlugin } from '../../../src/plugins/core/index.js';

const WIDTH = 4;
const ports = {
  cpuNow_ms: () => performance.now(),
  yieldToLoop: () => new Promise<void>((go) => setImmediate(go)),
};

function task(stamp_ms = 100): CoreTask {
  const plugins: (string | null)[] = Array.from({ length: CORE_TOKENS }, () => null);
  plugins[1] = 'vision';
  plugins[3] = 'trajectory';
  const seen = {
    context: new Float32Array(CORE_TOKENS * CORE_CONTEXT),
    salience: new Float32Array(CORE_TOKENS * 5),
    present: new Float32Array(CORE_TOKENS).fill(1),
    plugins,
  };
  return { stamp_ms, seen };
}

/** A graph whose halt probability is given per run, and whose states count the cycles. */
function fakeModel(halts: readonly number[]) {
  const requests: InferenceRequest[] = [];
  const port: InferencePort = {
    run(request) {
      requests.push(request);
      const before = (request.inputs.h as Tensor).data[0] as number;
      const give = (data: Float32Array): Tensor => ({ type: 'float32', dims: [data.length], data });
      const actions = new Float32Array(CORE_TOKENS);
      actions[1] = 2;
      actions[3] = -2;
      const tensors = {
        next_h: give(new Float32Array(CORE_TOKENS * WIDTH).fill(before + 1)),
        next_l: give(new Float32Array(CORE_TOKENS * WIDTH)),
        actions: give(actions),
        halt: give(new Float32Array([halts[requests.length - 1] ?? 1])),
        resources: give(new Float32Array([0, 1, 0, 0, 0])),
      };
      return Promise.resolve({ tensors, slots: {}, run_ms: 1 });
    },
    read: () => Promise.reject(new SageError('SAGE_511', 'fake', 'no slots')),
    free: () => {},
  };
  return { port, requests };
}

const plugin = (inference: InferencePort) =>
  createCorePlugin({ inference, parameters: defaultParameters(), width: WIDTH });

describe('plugins/core', () => {
  it('thinks until the network says that it is done, and not a cycle longer', async () => {
    const { port, requests } = fakeModel([0.2, 0.9, 0.995, 0.999]);
    const report = await refine(plugin(port), task(), ports);
    expect(requests).to.have.length(3);
    expect(report).to.include({ status: 'halted', halt_reason: 'feasible', steps: 3 });
    expect(report.best).to.include({ cycles: 3, stamp_ms: 100 });
  });

  it('answers with the probability of each plugin on offer, and shares that add up to 1', async () => {
    const { port } = fakeModel([1]);
    const answer = (await refine(plugin(port), task(), ports)).best as CoreAdvice;
    expect(Object.keys(answer.wanted)).to.have.members(['vision', 'trajectory']);
    expect(answer.wanted.vision).to.be.closeTo(0.881, 1e-3);
    expect(answer.wanted.trajectory).to.be.closeTo(0.119, 1e-3);
    expect(Object.values(answer.shares).reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-6);
    expect(answer.shares.vision).to.be.above(answer.shares.llm);
  });

  it('carries its states on from one refinement to the next', async () => {
    const { port, requests } = fakeModel([0.5, 1, 1]);
    const core = plugin(port);
    await refine(core, task(), ports);
    await refine(core, task(200), ports);
    expect(requests.map(({ inputs }) => (inputs.h as Tensor).data[0])).to.deep.equal([0, 1, 2]);
  });

  it('refuses the outputs of a model that is no core', async () => {
    const { port } = fakeModel([1]);
    const wrong: InferencePort = {
      ...port,
      run: async (request) => {
        const outputs = await port.run(request);
        return { ...outputs, tensors: { ...outputs.tensors, actions: outputs.tensors.halt! } };
      },
    };
    const report = await refine(plugin(wrong), task(), ports);
    expect(report.status).to.equal('failed');
    expect(report.fault?.code).to.equal('SAGE_508');
  });
});
