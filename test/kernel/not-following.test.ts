import { expect } from 'chai';
import { MindRun, parametersWith } from './mind-run.js';

describe('kernel: an arm that stays behind its plan', () => {
  it('is named once, with the joint, how far it is off, and the unit', async () => {
    const run = new MindRun(
      parametersWith({ robot: { speed_scale: 1 }, metabolism: { crisis_surprise: 1 } }),
    );
    await run.cycles(20);
    run.say();
    const told: string[] = [];
    const reasons: string[] = [];
    run.watch = ({ report, decision }) => {
      for (const { code, text } of report.faults) if (code === 'SAGE_708') told.push(text);
      if (decision !== null) reasons.push(decision.reason);
    };
    run.stuck = true;
    await run.until(() => told.length > 0, 10);
    expect(told[0]).to.match(/^arm does not follow: shoulder_pan is 0\.\d+ rad off its plan$/);
    expect(reasons.join('\n')).to.match(/safety: the arm does not follow: shoulder_pan is 0\.\d+ rad off/);
  });
});
