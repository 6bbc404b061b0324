import { expect } from 'chai';
import fc from 'fast-check';
import { ansi, lineWidth } from '../../../src/app/view/line.js';
import { advance, emptyView, type ViewModel } from '../../../src/app/view/model.js';
import { screenLines } from '../../../src/app/view/screen.js';
import { goalEvent, quietStatus, STORY_RATE_HZ, salienceOf, storyStatus } from '../fixtures/story.js';

/** The view after the story's first `seconds`. */
function viewAt(seconds: number): ViewModel {
  let model = advance(
    emptyView,
    { kind: 'process', process: { name: 'tabletop', state: 'running', detail: '' } },
    0,
  );
  for (let index = 0; index <= seconds * STORY_RATE_HZ; index++) {
    model = advance(model, { kind: 'message', message: storyStatus(index) }, (1000 * index) / STORY_RATE_HZ);
  }
  return model;
}

const textOf = (model: ViewModel, columns = 80, rows = 24, input = '') =>
  screenLines(model, { columns, rows }, input)
    .map((line) => ansi(line, false))
    .join('\n');

describe('the screen', () => {
  it('shows the processes that come up before the node has said anything', () => {
    const model = advance(
      emptyView,
      { kind: 'process', process: { name: 'tabletop', state: 'starting', detail: '' } },
      500,
    );
    expect(textOf(model)).to.include('starting, 0.5 s').and.include('tabletop starting');
  });

  it('shows what a reader looks for, at 80 × 24', () => {
    const text = textOf(viewAt(5));
    for (const part of [
      'FOCUS',
      'task performance 0.82 above 0.7',
      'pick up the red block',
      'approach',
      'camera',
      'surprise',
      'conflict',
      'vision',
      '→',
      'spent',
      '150 frames',
      '0 lost',
      'the red block lies at',
      'none',
      'Ctrl-C quits',
    ]) {
      expect(text).to.include(part);
    }
  });

  it('shows a crisis, its fault, and what was refined before it', () => {
    const text = textOf(viewAt(14));
    expect(text).to.match(/CRISIS .*camera surprise 0\.97/);
    expect(text).to.include('SAGE_707 gate');
    expect(text).to.match(/trajectory .*3\.21 → 0\.132 .*-96 % +44 steps/);
    expect(screenLines(viewAt(14), { columns: 80, rows: 24 }).flat()).to.deep.include({
      text: ' CRISIS ',
      colour: 'red',
      badge: true,
      strong: true,
    });
  });

  it('has room for steps and ages of refinements at 60 columns', () => {
    const text = textOf(viewAt(14), 60, 30);
    expect(text).to.match(/REFINING .*fallen +ago$/m);
    expect(text).to.match(/^ trajectory .*3\.21 → 0\.132 +-96 % +44 steps +[\d.]+ m?s$/m);
  });

  it('shows how a goal ended and why', () => {
    const text = textOf(viewAt(27));
    expect(text).to.match(/GOAL +pick up the red block +satisfied\n +because +red block lifted 0\.11 m/);
  });

  it('uses a taller terminal for what happened, the latest last', () => {
    const text = textOf(viewAt(27), 100, 40);
    expect(text).to.match(/0:12 +state FOCUS → CRISIS[\s\S]*0:16 +state CRISIS → FOCUS[\s\S]*satisfied/);
  });

  it('says when the node has gone silent', () => {
    const model = advance(viewAt(5), { kind: 'tick' }, 9_000);
    expect(textOf(model)).to.include('no data from the node for 4.0 s');
    expect(textOf(advance(viewAt(5), { kind: 'tick' }, 5_500))).to.not.include('no word');
  });

  it('shows the goal being typed, its end where it is long', () => {
    expect(textOf(viewAt(5), 80, 24, 'go home')).to.include('▸ go home');
    const long = `${'very '.repeat(40)}red`;
    expect(textOf(viewAt(5), 80, 24, long)).to.match(/▸ ….*very red/);
  });

  it('fits every terminal, whatever the node says', () => {
    const rich = advance(
      viewAt(5),
      {
        kind: 'message',
        message: quietStatus({
          salience: Array.from({ length: 20 }, (_, index) => salienceOf(`camera ${index} 赤い`, Number.NaN)),
          goals: [goalEvent({ text: `\u001b[2J${'long '.repeat(200)}`, reason: '🤖'.repeat(300) })],
        }),
      },
      5_100,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(emptyView, viewAt(0), viewAt(14), rich),
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 80 }),
        fc.string({ maxLength: 600 }),
        (model, columns, rows, input) => {
          const lines = screenLines(model, { columns, rows }, input.replaceAll(/\p{Cc}/gu, ''));
          expect(lines.length).to.be.at.most(rows);
          for (const line of lines) expect(lineWidth(line)).to.be.at.most(columns);
          expect(
            lines
              .flat()
              .map(({ text }) => text)
              .join(''),
          ).to.not.match(/\p{Cc}/u);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives up the least important first where rows are few', () => {
    const text = textOf(viewAt(14), 80, 10);
    expect(text).to.include('CRISIS').and.include('SAGE_707').and.include('pick up the red block');
    expect(text).to.not.include('REFINING');
  });
});
