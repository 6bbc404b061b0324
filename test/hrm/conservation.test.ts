import { expect } from 'chai';
import fc from 'fast-check';
import type { JobCommand } from '../../src/contracts/irp.js';
import type { MetabolicStateName } from '../../src/contracts/metabolism.js';
import type { HStepResult } from '../../src/contracts/plan.js';
import { createLoop, fallingPlugin, hrmWith, policy, type TestPlugin } from './world.js';

/** What must be true of the books, followed apart from them. */
interface Books {
  /** Milli-ATP that came in so far, with fractions. */
  income_matp: number;
  spent_matp: number;
  /** Granted per open job, from the commands that went out. */
  granted: Map<string, number>;
}

type Mood = 'well' | 'throws' | 'nan' | 'lies' | 'stuck';

/** Four plugins of unlike costs and resources whose behaviour a command can change in the middle of a run. */
function createWorld(planner: boolean) {
  const moods: Mood[] = ['well', 'well', 'well', 'well'];
  let calls = 0;
  const costs = [0.0007, 1, 12.3456, 123.4567];
  const plugins = costs.map((step_atp, index): TestPlugin => {
    const mood = () => moods[index];
    return fallingPlugin(`p${index}`, {
      resource: index === 3 ? 'effector' : 'vision',
      cost: { init_atp: index / 3, step_atp },
      energy: (state) => (mood() === 'lies' ? 1 / ++calls : Math.abs(state)),
      step: (state, context) => {
        const noise = context.random();
        if (mood() === 'throws') throw new Error('boom');
        if (mood() === 'nan') return Number.NaN;
        return mood() === 'stuck' ? state : state * (0.7 + 0.3 * noise);
      },
    });
  });
  const parameters = hrmWith({ branches_max: 2, branch_energy: 0.01 });
  return { moods, loop: createLoop(plugins, { parameters, planner, cost_ms: 2, jobs_max: 6 }) };
}

type World = ReturnType<typeof createWorld>;

const granted = (command: JobCommand) => ('grant_matp' in command ? command.grant_matp : 0);

/** Everything that has to hold after an H-step. */
function check(books: Books, { ledger, commands, results }: HStepResult): void {
  const { total_matp, allocated_matp, reserve_matp, spent_matp, expired_matp = 0 } = ledger;
  const parts = [total_matp, allocated_matp, reserve_matp, spent_matp, expired_matp];
  for (const part of parts) expect(Number.isSafeInteger(part) && part >= 0, String(part)).to.equal(true);
  expect(allocated_matp + reserve_matp + spent_matp).to.equal(total_matp);
  expect(total_matp + expired_matp).to.equal(Math.floor(books.income_matp + 1e-6));
  expect(spent_matp).to.be.at.least(books.spent_matp);
  books.spent_matp = spent_matp;
  for (const command of commands) {
    const before = books.granted.get(command.job_id) ?? 0;
    books.granted.set(command.job_id, before + granted(command));
  }
  for (const { report, job_id, branches = [] } of results) {
    // A plugin is never charged more than it was granted, branches and all.
    const jobs = [job_id, ...branches.map((branch) => branch.job_id)];
    const held = jobs.reduce((sum, job) => sum + (books.granted.get(job) ?? 0), 0);
    expect(report.spent_matp, job_id).to.be.at.most(held);
  }
  const plugins = results.map(({ plugin }) => plugin);
  expect(plugins).to.deep.equal([...new Set(plugins)].sort());
}

class HStep implements fc.AsyncCommand<Books, World> {
  constructor(
    private readonly state: MetabolicStateName,
    private readonly absent: readonly string[],
    private readonly exploration_rate: number,
  ) {}
  check = () => true;
  async run(books: Books, { loop }: World): Promise<void> {
    const status = policy(this.state, { exploration_rate: this.exploration_rate });
    books.income_matp += status.atp_per_s * 1000 * 0.05;
    check(books, (await loop.hStep(status, this.absent)).result);
  }
  toString = () => `${this.state} without ${this.absent.join()}`;
}

class Order implements fc.AsyncCommand<Books, World> {
  constructor(private readonly plugin: string | null) {}
  check = () => true;
  async run(_books: Books, { loop }: World): Promise<void> {
    if (this.plugin === null) loop.orchestrator.cancelAll('test');
    else loop.orchestrator.cancel(this.plugin, 'test');
  }
  toString = () => `cancel ${this.plugin ?? 'all'}`;
}

class Become implements fc.AsyncCommand<Books, World> {
  constructor(
    private readonly index: number,
    private readonly mood: Mood,
  ) {}
  check = () => true;
  async run(_books: Books, { moods }: World): Promise<void> {
    moods[this.index] = this.mood;
  }
  toString = () => `p${this.index} ${this.mood}`;
}

const plugin = fc.constantFrom('p0', 'p1', 'p2', 'p3');
const hStep = fc
  .tuple(
    fc.constantFrom<MetabolicStateName>('WAKE', 'WAKE', 'FOCUS', 'REST', 'DREAM', 'CRISIS'),
    fc.uniqueArray(plugin),
    fc.constantFrom(0, 0.3),
  )
  .map((inputs) => new HStep(...inputs));

describe('orchestrator: the books, under any sequence of commands', () => {
  it('balance to the last milli-ATP, whatever runs, halts, fails, branches or is cancelled', async () => {
    let branches = 0;
    const commands = fc.commands(
      [
        hStep,
        hStep,
        hStep,
        fc.option(plugin).map((one) => new Order(one)),
        fc
          .tuple(fc.nat(3), fc.constantFrom<Mood>('well', 'throws', 'nan', 'lies', 'stuck'))
          .map((inputs) => new Become(...inputs)),
      ],
      { maxCommands: 60, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(commands, fc.boolean(), async (sequence, planner) => {
        const real = createWorld(planner);
        const books: Books = { income_matp: 0, spent_matp: 0, granted: new Map() };
        await fc.asyncModelRun(() => ({ model: books, real }), sequence);
        branches += [...books.granted.keys()].filter((job_id) => job_id.includes('.')).length;
        // Once all is cancelled nothing stays allocated.
        real.loop.orchestrator.cancelAll('the end');
        await real.loop.hStep(policy('CRISIS'), ['p0', 'p1', 'p2', 'p3']);
        const { result } = await real.loop.hStep(policy('CRISIS'), ['p0', 'p1', 'p2', 'p3']);
        expect(result.ledger.allocated_matp).to.equal(0);
        expect(result.halted).to.equal(true);
      }),
      { numRuns: 40 },
    );
    expect(branches, 'branches that were tried').to.be.greaterThan(0);
  });
});
