import { expect } from 'chai';
import type { Action } from '../../src/contracts/motion.js';
import { MindRun, parametersWith } from './mind-run.js';
import { urdf } from './tabletop.js';

describe('kernel: another description while the arm moves', () => {
  it('stops the arm at once, and the goal continues within the new limits', async () => {
    const run = new MindRun(parametersWith({ robot: { speed_scale: 0.3 } }));
    await run.cycles(20);
    run.say();
    const sent: { readonly kind: Action['kind']; readonly time_s: number }[] = [];
    run.watch = ({ actions }) => sent.push(...actions.map(({ kind }) => ({ kind, time_s: run.time_s })));
    await run.until(() => run.arm[0]! < 0.9);
    expect(sent.map(({ kind }) => kind)).to.deep.equal(['trajectory']);
    // Its first joint may turn half as fast as before.
    const slower = urdf.replace(
      /(name="shoulder_pan"[\s\S]*?velocity=")([\d.]+)/,
      (_, head: string, value: string) => {
        return `${head}${Number(value) / 2}`;
      },
    );
    expect(slower).not.to.equal(urdf);
    const changed_s = run.time_s;
    run.put('robot_description', { urdf: slower });
    const done = await run.until(({ goal_events }) =>
      goal_events.some(({ status }) => status === 'satisfied'),
    );
    expect(done).to.equal(true);
    expect(sent.map(({ kind }) => kind)).to.deep.equal(['trajectory', 'hold', 'trajectory']);
    expect(sent[1]!.time_s - changed_s).to.be.below(0.16);
    expect(run.transitions.map(({ to }) => to)).not.to.include('CRISIS');
  });
});
