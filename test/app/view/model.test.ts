import { expect } from 'chai';
import { typeKey } from '../../../src/app/view/live.js';
import { advance, emptyView, type ViewModel } from '../../../src/app/view/model.js';
import { changes } from '../../../src/app/view/notes.js';
import { fallen, short } from '../../../src/app/view/numbers.js';
import { Painter } from '../../../src/app/view/painter.js';
import { PlainLog } from '../../../src/app/view/plain.js';
import { goalEvent, quietStatus, STORY_RATE_HZ, storyStatus } from '../fixtures/story.js';

describe('the notes of a run', () => {
  const texts = (...pair: Parameters<typeof changes>) => changes(...pair).map(({ text }) => text);

  it('say nothing while nothing changes', () => {
    expect(changes(storyStatus(50), storyStatus(51))).to.deep.equal([]);
  });

  it('say a change of state with its reason, a fault when it comes and when it goes', () => {
    const hand = texts(storyStatus(119), storyStatus(120));
    expect(hand[0]).to.equal('state FOCUS → CRISIS: camera surprise 0.97 above 0.8');
    expect(hand[1]).to.equal('SAGE_707 gate: motion refused: held: crisis');
    expect(texts(storyStatus(164), storyStatus(165))).to.include('SAGE_707 gate cleared');
  });

  it('say what becomes of a goal, with code and reason', () => {
    const before = quietStatus({ goals: [goalEvent()] });
    const failed = goalEvent({ status: 'failed', code: 'SAGE_403', reason: 'too far' });
    const [note] = changes(before, quietStatus({ goals: [failed] }));
    expect(note).to.deep.equal({
      tone: 'bad',
      text: 'goal "pick up the red block" failed: SAGE_403 too far',
    });
    const next = quietStatus({ goals: [goalEvent({ step: 'grasp' })] });
    expect(texts(before, next)).to.deep.equal(['goal "pick up the red block": grasp']);
  });

  it('say what the safety gate refused, once', () => {
    const decision = {
      ...storyStatus(50).last_decision!,
      decision_id: 'refused',
      rejected: [{ code: 'SAGE_705', where: 'arm', text: 'trajectory rejected: collision' }],
    };
    const now = { ...storyStatus(50), last_decision: decision };
    expect(texts(storyStatus(50), now)).to.deep.equal([
      'refused SAGE_705 arm: trajectory rejected: collision',
    ]);
    expect(texts(now, now)).to.deep.equal([]);
  });
});

describe('the model of the view', () => {
  const play = (model: ViewModel, index: number) =>
    advance(model, { kind: 'message', message: storyStatus(index) }, (1000 * index) / STORY_RATE_HZ);

  it('keeps the energies of one refinement, and restarts with the next', () => {
    let model = emptyView;
    for (let index = 0; index < 6; index++) model = play(model, index);
    const vision = () => model.plugins.find(({ plugin }) => plugin === 'vision')!;
    expect(vision().energies).to.have.length(6);
    expect(vision().energies.at(-1)).to.equal(vision().energy);
    model = play(model, 6);
    expect(vision().energies).to.have.length(1);
  });

  it('keeps a refinement that has ended, marked as such', () => {
    let model = emptyView;
    for (let index = 105; index < 125; index++) model = play(model, index);
    expect(model.plugins.map(({ plugin, running }) => [plugin, running])).to.deep.equal([
      ['trajectory', false],
      ['vision', false],
    ]);
  });

  it('stays bounded over a long run', () => {
    let model = emptyView;
    for (let index = 0; index < 2000; index++) {
      model = play(model, index % 300);
      model = advance(model, { kind: 'note', note: { tone: 'plain', text: 'tick' } }, index);
    }
    expect(model.energy_history).to.have.length(600);
    expect(model.notes).to.have.length(200);
    for (const { energies } of model.plugins) expect(energies.length).to.be.at.most(64);
  });
});

describe('plain lines', () => {
  it('write each change once and a summary a second', () => {
    const log = new PlainLog();
    let model = emptyView;
    const lines: string[] = [];
    for (let index = 0; index <= 270; index++) {
      model = advance(model, { kind: 'message', message: storyStatus(index) }, index * 100);
      lines.push(...log.lines(model));
    }
    expect(lines.filter((line) => line.includes('CRISIS: camera surprise'))).to.have.length(1);
    expect(lines.filter((line) => line.includes(' | '))).to.have.length(27);
    expect(lines.find((line) => line.startsWith('[   5.0 s] FOCUS'))).to.equal(
      '[   5.0 s] FOCUS energy 95 | goal approach 24 % | arm 25 % | camera 0.40 joints 0.18 | ' +
        'trajectory 3.21→0.176 (40) vision 0.903→0.273 (2) | frames 150 lost 0 | late 0.840 ms | no faults',
    );
  });
});

describe('the painter', () => {
  it('writes only the rows that changed, each in its place', () => {
    const painter = new Painter();
    expect(painter.frame(['a', 'b', 'c']))
      .to.include('\u001b[2J')
      .and.include('\u001b[2;1Hb');
    expect(painter.frame(['a', 'B', 'c'])).to.equal('\u001b[?2026h\u001b[2;1HB\u001b[K\u001b[?2026l');
    expect(painter.frame(['a', 'B', 'c'])).to.equal('');
    expect(painter.frame(['a']))
      .to.include('\u001b[2;1H\u001b[K')
      .and.include('\u001b[3;1H\u001b[K');
  });

  it('paints everything again after a reset', () => {
    const painter = new Painter();
    painter.frame(['a', 'b']);
    painter.reset();
    expect(painter.frame(['a', 'b']))
      .to.include('\u001b[2J')
      .and.include('\u001b[1;1Ha')
      .and.include('b');
  });
});

describe('typing a goal', () => {
  const type = (input: string, text: string | undefined, key: object) =>
    typeKey(input, text, { ctrl: false, meta: false, shift: false, ...key });

  it('appends letters, takes them back, and gives the goal with Enter', () => {
    expect(type('go hom', 'e', { name: 'e' }).input).to.equal('go home');
    expect(type('go 赤', '\b', { name: 'backspace' }).input).to.equal('go ');
    expect(type(' go home ', '\r', { name: 'return' })).to.deep.equal({
      input: '',
      goal: 'go home',
      interrupt: false,
    });
    expect(type('  ', '\r', { name: 'return' }).goal).to.equal(null);
    expect(type('go', undefined, { name: 'escape' }).input).to.equal('');
  });

  it('knows Ctrl-C, and takes no other control key for a letter', () => {
    expect(type('go', '\u0003', { name: 'c', ctrl: true })).to.include({ interrupt: true, input: 'go' });
    expect(type('go', '\u001b[A', { name: 'up' }).input).to.equal('go');
    expect(type('go', '\u0001', { name: 'a', ctrl: true }).input).to.equal('go');
  });

  it('stops at the length that the node accepts', () => {
    expect(type('x'.repeat(500), 'y', { name: 'y' }).input).to.have.length(500);
  });
});

describe('numbers of the view', () => {
  it('are short', () => {
    expect([0, 0.0421, 3.214, 48.23, 948.2, 123456, 1e-6, null, Number.NaN].map(short)).to.deep.equal([
      '0.000',
      '0.042',
      '3.21',
      '48.2',
      '948',
      '1.2e+5',
      '1.0e-6',
      '–',
      '–',
    ]);
  });

  it('say how far an energy fell, and nothing where there is nothing to say', () => {
    expect(fallen(2, 0.5)).to.equal('-75 %');
    expect(fallen(2, 3)).to.equal('+50 %');
    expect(fallen(0, 3)).to.equal('');
    expect(fallen(null, 3)).to.equal('');
  });
});
