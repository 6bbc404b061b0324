import { expect } from 'chai';
import { MindRun, parametersWith } from './mind-run.js';

const CALM = { metabolism: { profile: 'endurance' as const }, attention: { enabled: false } };

/** A goal whose plans take several cycles, with an arm that somebody turns meanwhile, so often. */
async function turnedWhilePlanned(times: number) {
  const run = new MindRun(parametersWith(CALM), [], undefined, 20);
  const told = { rejected: new Set<string>(), actions: new Set<string>(), end: '' };
  let turned = 0;
  let planned = false;
  run.watch = ({ jobs, decision, goal_events }) => {
    if (jobs.some(({ kind }) => kind === 'start')) planned = true;
    else if (planned && turned < times) {
      planned = false;
      turned += 1;
      run.from = run.from.map((value, joint) => (joint === 0 ? value - 0.1 : value));
    }
    for (const { code } of decision?.rejected ?? []) told.rejected.add(code);
    if (decision !== null) told.actions.add(decision.action);
    const end = goal_events.find(({ status }) => status === 'satisfied' || status === 'failed');
    if (end !== undefined) told.end = end.status;
  };
  await run.cycles(30);
  planned = false;
  run.say();
  expect(await run.until(() => told.end !== '', 60)).to.equal(true);
  return told;
}

describe('kernel: a plan for where the arm was a moment ago', () => {
  it('is replanned without an error, and the goal continues', async () => {
    const { rejected, actions, end } = await turnedWhilePlanned(1);
    expect([...actions].join()).to.include('replanned, since the arm has moved');
    expect([...rejected]).to.deep.equal([]);
    expect(end).to.equal('satisfied');
  });

  it('is reported as SAGE_704 if it does not help', async () => {
    const { rejected } = await turnedWhilePlanned(8);
    expect([...rejected]).to.deep.equal(['SAGE_704']);
  });
});
