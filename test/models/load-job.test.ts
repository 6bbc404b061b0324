import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import { loadJob } from '../../src/models/jobs.js';
import { ModelState } from '../../src/models/model-state.js';
import { MODELS, manifestOf } from './fixtures.js';

describe('models/load of a model', () => {
  for (const [code, told] of [
    ['SAGE_504', 'SAGE_510'],
    ['SAGE_506', 'SAGE_510'],
    ['SAGE_514', 'SAGE_514'],
  ] as const) {
    it(`is not tried a third time where it ended the host twice with ${code}`, () => {
      const model = new ModelState(manifestOf('add'), MODELS);
      for (const hopeless of [false, true]) {
        const job = loadJob(model, 1000, () => undefined);
        job.ask();
        job.fail(new SageError(code, 'add', 'it was ended'));
        expect(model.hopeless).to.equal(hopeless);
      }
      expect(model.fault?.code).to.equal(told);
      expect(model.fault?.detail).to.contain('it was ended');
    });
  }

  it('is tried again where the file was refused, or another model had ended the host', () => {
    const model = new ModelState(manifestOf('add'), MODELS);
    for (let i = 0; i < 3; i++) {
      const refused = loadJob(model, 1000, () => undefined);
      refused.ask();
      refused.fail(new SageError('SAGE_502', 'add', 'altered'));
      loadJob(model, 1000, () => undefined).fail(new SageError('SAGE_514', 'other', 'it was ended'));
    }
    expect(model.hopeless).to.equal(false);
  });
});
