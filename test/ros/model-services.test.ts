import { expect } from 'chai';
import type { ModelStanding } from '../../src/models/index.js';
import { statusMessage } from '../../src/ros/model-services.js';

describe('ros/model-services', () => {
  const standing: ModelStanding = {
    ...{
      id: 'fine',
      version: '1.0.0',
      task: 'segmentation',
      family: '',
      state: 'ready',
      used: true,
      pinned: false,
    },
    ...{ provider: 'cpu', memory_mb: 100, memory_measured: true, load_ms: 300 },
    ...{
      run_p50_ms: null,
      run_p99_ms: null,
      runs: 0,
      value: 0.35,
      reason: 'a plugin uses it',
      note: '',
      fault: null,
    },
  };

  it('adds notes after the reason, such as running on the CPU for lack of memory', () => {
    expect(statusMessage(standing)).to.include({ reason: 'a plugin uses it', fault: '', run_p50_ms: 0 });
    const note = 'on the CPU until its next load: it did not fit into models.gpu_mb_max';
    expect(statusMessage({ ...standing, note })).to.include({ reason: `a plugin uses it; ${note}` });
  });
});
