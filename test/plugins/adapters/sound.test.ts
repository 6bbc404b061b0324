import { expect } from 'chai';
import { soundTensor } from '../../../src/plugins/adapters/input.js';
import { refusal } from '../../refusal.js';

const heard = Float32Array.from({ length: 10 }, (_, i) => i);
const input = (shape: readonly (number | string)[], dtype = 'float32') => ({ name: 'samples', dtype, shape });
describe('a sound for a model', () => {
  it('is the newest of what was heard where the input has a fixed length', () => {
    const { dims, data } = soundTensor('hear', heard, input([1, 4]));
    expect(dims).to.deep.equal([1, 4]);
    expect([...(data as Float32Array)]).to.deep.equal([6, 7, 8, 9]);
  });

  it('is all of it where one dimension is open, less what does not fill the others', () => {
    expect(soundTensor('hear', heard, input([1, 'n'])).dims).to.deep.equal([1, 10]);
    const { dims, data } = soundTensor('hear', heard, input(['frames', 4]));
    expect(dims).to.deep.equal([2, 4]);
    expect([...(data as Float32Array)]).to.deep.equal([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is refused where too little was heard, saying what keeps more (SAGE_508)', () => {
    expect(refusal(() => soundTensor('hear', heard, input([1, 11])))).to.match(/^SAGE_508 .*window_s/);
    expect(refusal(() => soundTensor('hear', heard, input(['n', 11])))).to.match(/^SAGE_508 /);
  });

  it('is refused by an input of another kind (SAGE_517)', () => {
    expect(refusal(() => soundTensor('hear', heard, input([1, 4], 'int64')))).to.match(/^SAGE_517 /);
    expect(refusal(() => soundTensor('hear', heard, input(['n', 'm'])))).to.match(/^SAGE_517 /);
  });
});
