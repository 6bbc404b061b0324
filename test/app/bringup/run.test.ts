import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { Child } from '../../../src/app/bringup/child.js';
import { type ProcessSpec, Run } from '../../../src/app/bringup/run.js';
import { summarise, summaryText } from '../../../src/app/bringup/summary.js';
import { Tail } from '../../../src/app/bringup/tail.js';
import type { ViewEvent } from '../../../src/app/view/model.js';
import { passOnErrors } from '../../child-output.js';
import { programArguments } from '../../program.js';

const fake = programArguments('test/app/fixtures/fake-node.ts');
const killedParent = programArguments('test/app/fixtures/parent.ts');

function spec(role: ProcessSpec['role'], behaviour: string, name: string = role): ProcessSpec {
  return {
    role,
    name,
    command: process.execPath,
    args: [...fake, behaviour],
    env: process.env,
  };
}

interface Started {
  readonly run: Run;
  readonly events: ViewEvent[];
  readonly lines: string[];
}

function start(
  processes: readonly ProcessSpec[],
  goal: string | null = null,
  seconds: number | null = null,
): Started {
  const events: ViewEvent[] = [];
  const lines: string[] = [];
  const run = new Run({
    processes,
    goal,
    seconds,
    onEvent: (event) => events.push(event),
    onLine: (process, line) => lines.push(`${process}: ${line}`),
  });
  return { run, events, lines };
}

/** Resolves when the node has said what became of the goal. */
async function goalSettled({ events }: Started): Promise<void> {
  const settled = () =>
    events.some(
      (event) => event.kind === 'message' && 'goals' in event.message && event.message.goals.length > 0,
    );
  while (!settled()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a run', function () {
  // Its processes are real ones, several per test.
  this.timeout(240_000);

  it('sends the goal once the node is ready, and reports its outcome', async () => {
    const started = start([spec('world', 'world'), spec('node', 'good')], 'go home');
    await goalSettled(started);
    started.run.stop('interrupted');
    const result = await started.run.ended;
    expect(result.failure).to.equal(null);
    const summary = summarise(result, 'go home');
    expect(summary).to.deep.include({
      cycles: 7,
      telemetry_messages: 3,
      frames_received: 30,
      exit_reason: 'interrupted',
      ok: true,
      goal: { text: 'go home', outcome: 'satisfied', code: null, reason: 'lifted' },
    });
    expect(summaryText(summary)).to.include('goal "go home": satisfied (lifted)');
    const [first] = result.goals;
    const another = { ...first!, goal_id: 'another', text: 'release', status: 'failed' as const, reason: '' };
    const both = summaryText(summarise({ ...result, goals: [...result.goals, another] }, 'go home'));
    expect(both).to.match(/goal "go home": satisfied \(lifted\)\ngoal "release": failed\n/);
  });

  it('ends on its own when its time is up', async () => {
    const { run } = start([spec('node', 'good')], null, 0.05);
    const result = await run.ended;
    expect(result.exit_reason).to.equal('time limit of 0.05 s reached');
    expect(summarise(result, null)).to.deep.include({ goal: null, ok: true });
  });

  it('stops the world after the node, so that the arm can brake in it', async () => {
    const { run, events } = start([spec('world', 'world'), spec('node', 'good')], null, 0.01);
    await run.ended;
    const ended = events.flatMap((event) =>
      event.kind === 'process' && event.process.state === 'ended' ? [event.process.name] : [],
    );
    expect(ended).to.deep.equal(['node', 'world']);
  });

  it('fails when the node does, with its own words and last lines, and ends the rest', async () => {
    const { run, events } = start([spec('world', 'world'), spec('node', 'failing')]);
    const result = await run.ended;
    expect(result.failure?.message).to.match(/^SAGE_502 model file altered: vision: other bytes\. /);
    expect(result.exit_reason).to.equal('node exited with code 3');
    // Once, at the end: not as an event of the view too.
    expect(JSON.stringify(events)).to.not.include('SAGE_502');
    expect(result.last_lines).to.deep.equal(['loading the model', 'the last words']);
    expect(summarise(result, 'go home')).to.deep.include({
      ok: false,
      goal: { text: 'go home', outcome: 'unknown', code: null, reason: 'no word from the node' },
    });
    expect(
      events.filter((event) => event.kind === 'process' && event.process.state === 'ended'),
    ).to.have.length(2);
  });

  it('fails when any process is killed by a signal', async () => {
    const { run } = start([spec('node', 'good'), spec('world', 'crashing')]);
    const result = await run.ended;
    expect(result.exit_reason).to.equal('world was killed by SIGSEGV');
    expect(result.last_lines).to.deep.equal(['up']);
  });

  it('fails when a process cannot be started', async () => {
    const { run } = start([{ ...spec('node', 'good'), command: '/nowhere/sage' }]);
    expect((await run.ended).failure?.message).to.match(/could not be started: .*ENOENT/);
  });

  it('is not ok when a limit was violated or the goal was refused', async () => {
    const violating = start([spec('node', 'violating')], null, 0.05);
    expect(summarise(await violating.run.ended, null).ok).to.equal(false);
    const refusing = start([spec('node', 'refusing')], 'sing');
    await goalSettled(refusing);
    refusing.run.stop('interrupted');
    expect(summarise(await refusing.run.ended, 'sing')).to.deep.include({
      ok: false,
      goal: { text: 'sing', outcome: 'rejected', code: 'SAGE_401', reason: 'no verb' },
    });
  });

  it('kills a process that does not stop on request', async () => {
    let ready: () => void = () => {};
    const up = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const child = new Child(spec('node', 'deaf'), { onLine: () => {}, onMessage: () => ready() }, 50);
    await up;
    expect((await child.stop()).signal).to.equal('SIGKILL');
  });

  it('passes on what the processes write', async () => {
    const { run, lines } = start([spec('node', 'good')], null, 0.05);
    await run.ended;
    expect(lines).to.deep.equal(['node: ending']);
  });

  it('leaves no process behind when it is killed itself', async () => {
    const parent = spawn(process.execPath, [...killedParent, ...fake], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    passOnErrors(parent);
    const [line] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
    const pids = line.trim().split(' ').map(Number);
    expect(pids).to.have.length(2);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: there is no such process any more.
    return false;
  }
}

describe('the tail of an output', () => {
  it('keeps whole lines, the last sixty, however they arrive', () => {
    const seen: string[] = [];
    const tail = new Tail((line) => seen.push(line));
    tail.write('on');
    tail.write('e\ntwo\r\n\nthr');
    expect(seen).to.deep.equal(['one', 'two']);
    tail.end();
    expect(tail.lines()).to.deep.equal(['one', 'two', 'thr']);
    for (let index = 0; index < 100; index++) tail.write(`line ${index}\n`);
    expect(tail.lines()).to.have.length(60);
    expect(tail.lines().at(-1)).to.equal('line 99');
  });

  it('stays small when a line never ends', () => {
    const tail = new Tail();
    for (let index = 0; index < 100; index++) tail.write('x'.repeat(10_000));
    tail.end();
    expect(tail.lines()).to.deep.equal(['x'.repeat(400)]);
  });
});
