import { expect } from 'chai';
import { narrowNodeName } from '../../src/ros/context.js';

describe('narrowNodeName', () => {
  it('makes a new name of the process one of the main node alone, and leaves the rest', () => {
    const given = ['--ros-args', '-r', '__node:=mind', '-r', '__ns:=/left', '-r', 'other:__node:=x'];
    expect(narrowNodeName(given, 'sage')).to.deep.equal([
      '--ros-args',
      '-r',
      'sage:__node:=mind',
      '-r',
      '__ns:=/left',
      '-r',
      'other:__node:=x',
    ]);
  });
});
