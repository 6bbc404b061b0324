import { expect } from 'chai';
import { parseProcessArguments } from '../../src/app/arguments.js';
import { SageError } from '../../src/contracts/errors.js';

describe('app/arguments', () => {
  it('takes configuration files in order and leaves what belongs to ROS untouched', () => {
    const argv = [
      '--config',
      'a.yaml',
      '--config=b.yaml',
      '--ros-args',
      '-r',
      '__ns:=/left',
      '--config',
      'c',
    ];
    expect(parseProcessArguments(argv)).to.deep.equal({
      configs: ['a.yaml', 'b.yaml'],
      rosArgs: ['--ros-args', '-r', '__ns:=/left', '--config', 'c'],
    });
  });

  it('leaves out the empty file name that a launch file passes', () => {
    expect(parseProcessArguments(['--config', ''])).to.deep.equal({ configs: [], rosArgs: [] });
  });

  it('names an option it does not know', () => {
    expect(() => parseProcessArguments(['--confg', 'a']))
      .to.throw(SageError, '--confg')
      .with.property('code', 'SAGE_901');
    expect(() => parseProcessArguments(['--config']))
      .to.throw(SageError)
      .with.property('code', 'SAGE_901');
  });
});
