import { expect } from 'chai';
import { Fixture, type Outcome, ownDomain, PATIENCE_MS, requireRos, sage } from './harness.js';

describe('sage goal on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let domain = 0;

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    fixture = await Fixture.start(domain);
  });

  after(async () => {
    const ended = await fixture?.close();
    if (ended !== undefined) expect(ended.code, ended.stderr).to.equal(0);
  });

  const sageGoal = (...args: string[]): Promise<Outcome> => sage(domain, 'goal', ...args);

  it('waits for the end when asked, and shows how far it is', async () => {
    const { code, stdout, stderr } = await sageGoal('pick up the red block', '--wait', '--priority', '2');
    expect(stdout).to.match(/^satisfied: pick up the red block/);
    expect(stderr).to.include('%');
    expect(code).to.equal(0);
    expect(await fixture.reading('goal')).to.include({ text: 'pick up the red block', priority: 2 });
  });

  it('fails when the goal does, with its code', async () => {
    const { code, stdout } = await sageGoal('fail to find it', '--wait', '--json');
    expect(code).to.equal(1);
    expect(JSON.parse(stdout)).to.have.nested.property('result.code', 'SAGE_402');
  });

  it('leaves once the goal is taken, and the node outlives that', async () => {
    const taken = await sageGoal('pick up the green block');
    expect(taken).to.deep.include({ code: 0, stdout: 'taken: pick up the green block\n' });
    // Its result reaches nobody; the next goal is pursued all the same.
    const next = await sageGoal('pick up the blue block', '--wait');
    expect(next.stdout).to.match(/^satisfied/);
  });

  it('has the running node say why it did what it did, of its latest decision or of a cycle', async () => {
    expect(await sage(domain, 'explain', '--cycle', '7')).to.include({
      code: 0,
      stdout: 'cycle 7, scripted\n',
    });
    const json = await sage(domain, 'explain', '--cycle', '7', '--json');
    expect(JSON.parse(json.stdout)).to.deep.equal({ a: 1 });
    const missing = await sage(domain, 'explain', '--cycle', '5000');
    expect(missing.code).to.equal(1);
    expect(missing.stdout).to.include('5000');
  });
});
