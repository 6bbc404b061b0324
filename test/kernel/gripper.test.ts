import { expect } from 'chai';
import type { Action } from '../../src/contracts/motion.js';
import { MindRun, parametersWith } from './mind-run.js';

describe('kernel: a gripper that is configured beyond its limits', () => {
  it('is named before anything is grasped, and is never sent such a command (SAGE_713)', async () => {
    const run = new MindRun(parametersWith({ robot: { gripper_open: [0.4, 0.4] } }));
    const sent: Action[] = [];
    const codes = new Set<string>();
    run.watch = ({ actions, report }) => {
      sent.push(...actions.filter(({ kind }) => kind === 'gripper'));
      for (const { code } of report.faults) codes.add(code);
    };
    await run.cycles(20);
    expect([...codes]).to.include('SAGE_713');
    run.say('release');
    await run.cycles(100);
    expect(sent).to.deep.equal([]);
  });

  it('is sent commands within them', async () => {
    const run = new MindRun(parametersWith({}));
    const sent: Action[] = [];
    run.watch = ({ actions, report }) => {
      sent.push(...actions.filter(({ kind }) => kind === 'gripper'));
      expect(report.faults.map(({ code }) => code)).not.to.include('SAGE_713');
    };
    await run.cycles(20);
    run.say('release');
    await run.cycles(20);
    expect(sent.length).to.be.greaterThan(0);
  });
});
