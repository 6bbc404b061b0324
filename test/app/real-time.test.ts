import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { type Attempt, goFirst, mayGoFirst } from '../../src/app/real-time.js';
import { passOnErrors } from '../child-output.js';
import { skip } from '../skip.js';

const SCHED_OTHER = 0;
const SCHED_RR = 2;

/** Policy and real-time priority of a thread: fields 41 and 40 of proc(5), counted behind the name. */
function schedulingOf(stat: string): { readonly policy: number; readonly priority: number } {
  const fields = readFileSync(stat, 'latin1').split(') ').at(-1)!.split(' ');
  return { policy: Number(fields[38]), priority: Number(fields[37]) };
}

/** Says a line when it is up; for each line it is given, makes another thread and says one when that runs. */
const PROCESS = `
const { Worker } = require('node:worker_threads');
process.stdin.on('data', () => {
  new Worker('setInterval(() => {}, 1000)', { eval: true }).on('online', () => console.log('made'));
});
console.log('up');
`;

describe('app/real-time', () => {
  let child: ChildProcess | null = null;
  afterEach(() => {
    child?.kill('SIGKILL');
    child = null;
  });

  it('puts the first thread first and nothing else: not its other threads, nor those to come', async function () {
    const { real_time, told } = await mayGoFirst(1);
    if (!real_time) skip(this, `no real-time priority here: ${told}`);
    const started = spawn(process.execPath, ['-e', PROCESS], { stdio: 'pipe' });
    passOnErrors(started);
    child = started;
    const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const pid = started.pid!;
    expect(schedulingOf(`/proc/${pid}/stat`).policy).to.equal(SCHED_OTHER);
    expect(await goFirst(7, pid)).to.deep.equal({ real_time: true, told: 'real-time, priority 7' });
    const before = readdirSync(`/proc/${pid}/task`);
    started.stdin.write('\n');
    await lines.next();
    const after = readdirSync(`/proc/${pid}/task`);
    expect(after.length).to.be.greaterThan(before.length);
    for (const thread of after) {
      const { policy, priority } = schedulingOf(`/proc/${pid}/task/${thread}/stat`);
      const first = thread === String(pid);
      expect([policy, priority]).to.deep.equal(first ? [SCHED_RR, 7] : [SCHED_OTHER, 0]);
    }
  });

  const refused: Attempt = async () => "chrt: failed to set pid 5's policy: Operation not permitted";

  it('continues without where it is not permitted, and says so', async () => {
    const { real_time, told } = await goFirst(1, 5, refused);
    expect(real_time).to.equal(false);
    expect(told).to.include('not permitted');
    expect(await mayGoFirst(1, refused)).to.deep.equal({ real_time, told });
  });

  it('leaves it where 0 is asked for', async () => {
    const never: Attempt = () => Promise.reject(new Error('it was run'));
    expect((await goFirst(0, 5, never)).told).to.include('node.real_time_priority');
    expect((await mayGoFirst(0, never)).real_time).to.equal(false);
  });

  it('names the tool that is missing', async () => {
    const { PATH } = process.env;
    process.env.PATH = '/nonexistent';
    try {
      expect((await goFirst(1)).told).to.equal('shared: chrt is not installed');
    } finally {
      process.env.PATH = PATH;
    }
  });
});
