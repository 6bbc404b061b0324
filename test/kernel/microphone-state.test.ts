import { expect } from 'chai';
import type { Effects } from '../../src/contracts/effects.js';
import { MindRun, parametersWith } from './mind-run.js';

const BANDS = 24;

/** A mind with a microphone that hears the same hiss, and now and then something else in some bands. */
class Listener {
  readonly run: MindRun;
  /** Level of the lower bands beside the hiss. */
  louder = 0;
  heard = true;
  /** The largest surprise of what is heard. */
  most = 0;

  constructor(holds: boolean) {
    this.run = new MindRun(parametersWith({ microphone: { holds } }));
    let cycle = 0;
    this.run.eachCycle = () => {
      cycle += 1;
      if (!this.heard) return;
      const embedding = Float32Array.from({ length: BANDS }, (_, band) => {
        const hiss = 0.3 + 0.01 * Math.sin(1.7 * band + 2.3 * cycle);
        return hiss + (band < 8 ? this.louder : 0);
      });
      this.run.put('sound', { samples: new Float32Array(0), sample_rate_hz: 16000, embedding }, 'audio');
    };
    this.run.watch = (effects) => {
      this.most = Math.max(this.most, soundOf(effects)?.surprise ?? 0);
    };
  }
}

const soundOf = ({ salience }: Effects) => salience.find(({ source }) => source === 'audio');

describe('what is heard', () => {
  it('becomes normal where it continues; another sound surprises, is more salient, and holds nothing by default', async () => {
    const listener = new Listener(false);
    await listener.run.cycles(100);
    expect(listener.most).to.be.below(0.3);
    const calm = soundOf(listener.run.effects!)!.combined;
    listener.louder = 0.3;
    await listener.run.cycles(3);
    expect(listener.most).to.be.above(0.95);
    expect(soundOf(listener.run.effects!)!.combined).to.be.above(calm + 0.1);
    expect(listener.run.state).to.equal('WAKE');
  });

  it('is a crisis where microphone.holds says so, which is over once it is quiet again', async () => {
    const listener = new Listener(true);
    await listener.run.cycles(100);
    listener.louder = 0.3;
    await listener.run.cycles(3);
    expect(listener.run.state).to.equal('CRISIS');
    expect(listener.run.transitions.at(-1)?.reason).to.match(/\(audio\)$/);
    listener.louder = 0;
    expect(await listener.run.until(({ metabolic }) => metabolic.state === 'WAKE', 10)).to.equal(true);
  });

  it('is no crisis where it is the robot itself that is heard', async () => {
    const listener = new Listener(true);
    const { run } = listener;
    await run.cycles(100);
    let before = run.arm;
    let fastest = 0;
    run.watch = (effects) => {
      const speed = Math.max(...run.arm.map((at, joint) => Math.abs(at - before[joint]!))) / 0.05;
      before = run.arm;
      fastest = Math.max(fastest, speed);
      listener.louder = speed > 0.02 ? 0.3 : 0;
      listener.most = Math.max(listener.most, soundOf(effects)?.surprise ?? 0);
    };
    run.say('go home');
    await run.until(({ goal_events }) => goal_events.some(({ status }) => status === 'satisfied'), 30);
    await run.cycles(40);
    expect(fastest, 'it moved').to.be.above(0.1);
    expect(listener.most).to.be.below(0.3);
    expect(run.transitions.map(({ to }) => to)).to.not.include('CRISIS');
  });

  it('counts as surprising all the same where every band is louder by as much', async () => {
    const run = new MindRun(parametersWith({}));
    let level = 0.3;
    run.eachCycle = () => {
      const embedding = Float32Array.from({ length: BANDS }, (_, band) => level + 0.01 * Math.sin(band));
      run.put('sound', { samples: new Float32Array(0), sample_rate_hz: 16000, embedding }, 'audio');
    };
    await run.cycles(100);
    level = 0.4;
    await run.cycles(2);
    expect(soundOf(run.effects!)?.surprise).to.be.above(0.95);
  });

  it('is stale once the microphone is silent for microphone.stale_ms', async () => {
    const listener = new Listener(true);
    await listener.run.cycles(100);
    listener.louder = 0.3;
    await listener.run.cycles(1);
    expect(listener.run.state).to.equal('CRISIS');
    listener.heard = false;
    expect(await listener.run.until(({ metabolic }) => metabolic.state === 'WAKE', 10)).to.equal(true);
    expect(soundOf(listener.run.effects!)?.stale).to.equal(true);
  });
});
