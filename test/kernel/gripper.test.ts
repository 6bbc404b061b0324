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

describe('kernel: a hand that reaches the table before it grasps', () => {
  it('is named at once (SAGE_715), and not where it is configured as it is', async () => {
    for (const [grasp_depth_m, named] of [
      [0.004, true],
      [0.02, false],
    ] as const) {
      const run = new MindRun(parametersWith({ robot: { grasp_depth_m } }));
      await run.cycles(5);
      const codes = run.effects?.report.faults.map(({ code }) => code) ?? [];
      expect(codes.includes('SAGE_715'), String(grasp_depth_m)).to.equal(named);
    }
  });
});

describe('kernel: a camera on the arm', () => {
  it('is not placed as if the arm stood still (SAGE_207)', async () => {
    const run = new MindRun(parametersWith({ robot: { frame_prefix: 'robot1/' } }));
    const pose = { position_m: [0, 0, 0.1], orientation: [0, 0, 0, 1] } as const;
    for (const [frame_id, code] of [
      ['base_link', undefined],
      ['/base_link', undefined],
      ['robot1/base_link', undefined],
      ['robot2/base_link', 'SAGE_207'],
      ['flange', 'SAGE_207'],
    ] as const) {
      run.put('camera_pose', { pose, frame_id });
      await run.cycles(2);
      expect(run.effects?.report.faults.find(({ where }) => where === 'camera/pose')?.code).to.equal(code);
      expect(run.kernel.mind.situation.camera_pose === null).to.equal(code !== undefined);
    }
  });
});
