import { expect } from 'chai';
import { ForeignCommands } from '../../src/ros/foreign-commands.js';
import { trajectoryBytes, trajectoryMessage } from '../../src/ros/trajectory-message.js';
import { trajectory } from './fixtures/fake-kernel.js';

const bytes = (to: number): Buffer => trajectoryBytes(trajectoryMessage(trajectory(to)));

describe('commands of other nodes', () => {
  it('are distinguished from our own, only for a limited time', () => {
    const commands = new ForeignCommands('/arm');
    commands.sent(bytes(0.1));
    commands.sent(bytes(0.2));
    commands.heard(bytes(0.1), 0);
    commands.heard(Buffer.concat([bytes(0.2), Buffer.alloc(2)]), 0);
    expect(commands.fault(0)).to.equal(null);
    commands.heard(bytes(0.3), 1000);
    expect(commands.fault(1000)).to.include({
      code: 'SAGE_712',
      text: 'another node commands the arm: 1 message on /arm so far',
    });
    expect(commands.fault(12_000)).to.equal(null);
  });
});
