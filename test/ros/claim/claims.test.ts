import { expect } from 'chai';
import { BEAT_MS, type Claim, Claims, claimSchema, SILENT_MS } from '../../../src/ros/claim/claims.js';

const ARM = '/arm_controller/joint_trajectory';

/** An instance on a graph where every message arrives. */
function instance(name: string, since_ms: number | null, commands: readonly string[] = [ARM]): Claims {
  const made = new Claims(name, `/${name}`, commands);
  made.active(since_ms);
  return made;
}

/** All of them say something and hear each other, from one time to another. */
function live(all: readonly Claims[], from_ms: number, to_ms: number, heard: Claim[] = []): void {
  for (let now_ms = from_ms; now_ms <= to_ms; now_ms += BEAT_MS) {
    for (const one of all) {
      const claim = one.next(now_ms);
      heard.push(claim);
      for (const other of all) other.hear(claim, now_ms);
    }
  }
}

const firstOf = (claims: Claims, now_ms: number): readonly (readonly [string, boolean])[] =>
  claims.rivals(now_ms).map(({ who, first }) => [who, first]);

describe('claims', () => {
  it('agree on who was first, whoever was made first', () => {
    const old = instance('old', 1000);
    const young = instance('young', 2000);
    live([young, old], 0, 1000);
    expect(firstOf(young, 1000)).to.deep.equal([['/old', true]]);
    expect(firstOf(old, 1000)).to.deep.equal([['/young', false]]);
  });

  it('agree also where both became active in the same millisecond', () => {
    const pair = [instance('a', 1000), instance('b', 1000)];
    live(pair, 0, 1000);
    expect(pair.flatMap((one) => one.rivals(1000)).map(({ first }) => first)).to.have.members([true, false]);
  });

  it('are understood by others whatever the node and its machine are called, and only with a time that is one', () => {
    const long = new Claims('long', `/${'robot/'.repeat(60)}sage`, [ARM]);
    long.active(1000);
    const claim = long.next(0);
    expect(claimSchema.parse(JSON.parse(JSON.stringify(claim)))).to.deep.equal(claim);
    for (const since_ms of [-1, 1e16])
      expect(claimSchema.safeParse({ ...claim, since_ms }).success).to.equal(false);
  });

  it('are over once the other has been silent', () => {
    const pair = [instance('old', 1000), instance('young', 2000)];
    live(pair, 0, 1000);
    const [, young] = pair;
    expect(young!.rivals(1000 + SILENT_MS)).to.have.length(1);
    expect(young!.rivals(1001 + SILENT_MS)).to.deep.equal([]);
  });

  it('of a recording count for nothing, even of one in which this very instance was answered', () => {
    const old = instance('old', 1000);
    const young = instance('young', 2000);
    const recorded: Claim[] = [];
    live([old, young], 0, 1000, recorded);
    const alone_ms = 1000 + 2 * SILENT_MS;
    live([young], 1000, alone_ms);
    for (const [index, claim] of recorded.entries()) young.hear(claim, alone_ms + index);
    expect(young.rivals(alone_ms + recorded.length)).to.deep.equal([]);
    const fresh = instance('fresh', 3000);
    for (const claim of recorded) fresh.hear(claim, 0);
    expect(fresh.rivals(0)).to.deep.equal([]);
  });

  it('of many recordings do not crowd out one that lives', () => {
    const old = instance('old', 1000);
    const young = instance('young', 2000);
    for (let index = 0; index < 100; index++) young.hear(instance(`bag ${index}`, 1).next(0), 0);
    live([old, young], 0, 1000);
    expect(firstOf(young, 1000)).to.deep.equal([['/old', true]]);
  });

  it('on other arms, or of one that is not active, stand against nothing', () => {
    const here = instance('here', 2000);
    const elsewhere = instance('elsewhere', 1000, ['/left/arm_controller/joint_trajectory']);
    const waiting = instance('waiting', null);
    live([here, elsewhere, waiting], 0, 1000);
    expect(here.rivals(1000)).to.deep.equal([]);
    waiting.active(5000);
    live([here, elsewhere, waiting], 1500, 2000);
    expect(firstOf(here, 2000)).to.deep.equal([['/waiting', false]]);
    expect(firstOf(waiting, 2000)).to.deep.equal([['/here', true]]);
  });

  it('are answered at once when new, so that a start need not wait for a beat', () => {
    const old = instance('old', 1000);
    const young = instance('young', 2000);
    expect(young.hear(old.next(0), 0)).to.equal(true);
    expect(old.hear(young.next(0), 0)).to.equal(true);
    expect(young.hear(old.next(0), 0)).to.equal(false);
    expect(firstOf(young, 0)).to.deep.equal([['/old', true]]);
  });
});
