import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { discardCopy } from '../../src/models/host/output-memory.js';
import { toValue } from '../../src/models/host/session.js';
import { nodeHost } from '../../src/models/index.js';

describe('models: copies that the binding makes of outputs', () => {
  const value = (data: Float32Array) => toValue('float32', data, [data.length]);

  it('can be given back at once in the host in Node', () => {
    const { command, args } = nodeHost();
    const flags = args.slice(0, -1).filter((arg) => arg.startsWith('--') && arg !== '--import');
    const told = execFileSync(command, [...flags, '-p', 'new ArrayBuffer(64).transfer(0).byteLength']);
    expect(told.toString().trim()).to.equal('0');
  });

  it('lose their memory, and what was given keeps it', () => {
    const [copy, given] = [value(new Float32Array(4)), value(new Float32Array(4))];
    const sizes: number[] = [];
    Object.assign((copy.data as Float32Array).buffer, { transfer: (bytes: number) => sizes.push(bytes) });
    discardCopy(copy, given);
    expect(sizes).to.deep.equal([0]);
  });

  it('are left alone where they are what was given', () => {
    const data = new Float32Array([1, 2]);
    Object.assign(data.buffer, { transfer: () => expect.fail('it was given back') });
    discardCopy(value(data), value(data));
    expect([...data]).to.deep.equal([1, 2]);
  });
});
