import { expect } from 'chai';
import { tuneEngine } from '../../../src/app/replay/engine.js';

const flagsOf = (models: boolean, v8: string): string[] => {
  const flags: string[] = [];
  tuneEngine(models, v8, (flag) => flags.push(flag));
  return flags;
};

describe('the JavaScript engine of a replay', () => {
  it('compiles sooner where no model takes the other core', () => {
    expect(flagsOf(false, '11.3.244.8-node.33')).to.deep.equal(['--interrupt-budget=40000']);
    expect(flagsOf(true, '11.3.244.8-node.33')).to.deep.equal([
      '--interrupt-budget=300000',
      '--heap-growing-percent=200',
    ]);
  });

  it('is not given flags that later editions say they do not know', () => {
    expect(flagsOf(false, '12.4.254.21-node.33')).to.deep.equal([]);
    expect(flagsOf(true, '12.4.254.21-node.33')).to.deep.equal(['--heap-growing-percent=200']);
  });
});
