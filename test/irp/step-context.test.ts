import { expect } from 'chai';
import { JobContext, LazyAbortController } from '../../src/irp/step-context.js';

describe('the signal of a refinement', () => {
  const random = (): number => 0;

  it('is the same for all of its steps, and notifies listeners', () => {
    const ending = new LazyAbortController();
    const { signal } = new JobContext(1, random, ending);
    const heard: string[] = [];
    signal.addEventListener('abort', () => heard.push(String(signal.reason)));
    expect(new JobContext(2, random, ending).signal).to.equal(signal);
    ending.abort('refinement cancelled: not needed');
    expect(heard).to.deep.equal(['Error: refinement cancelled: not needed']);
  });

  it('is aborted from the start for a step that asks after the end', () => {
    const ending = new LazyAbortController();
    ending.abort('refinement halted: converged');
    const { signal } = new JobContext(1, random, ending);
    expect(signal.aborted).to.equal(true);
    expect(String(signal.reason)).to.equal('Error: refinement halted: converged');
  });
});
