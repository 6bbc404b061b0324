import { expect } from 'chai';
import fc from 'fast-check';
import { bar, sparkline } from '../../../src/app/view/gauges.js';
import {
  ansi,
  clip,
  column,
  fitLine,
  lineWidth,
  printable,
  seg,
  spread,
  textWidth,
  wrap,
} from '../../../src/app/view/line.js';
import { svgOf } from '../../../src/app/view/picture.js';

const anyText = fc.string({ unit: 'binary', maxLength: 40 }).map(printable);
const columns = fc.integer({ min: 0, max: 60 });

describe('lines of the view', () => {
  it('take from outside nothing that moves the cursor or recolours the screen', () => {
    expect(printable('\u001b[2Jred\u0007 \u202eblock\r\n')).to.equal(' [2Jred   block');
  });

  it('count wide characters as two columns and combining ones as none', () => {
    expect(textWidth('→ 0.1')).to.equal(5);
    expect(textWidth('赤いブロック')).to.equal(12);
    expect(textWidth('e\u0301')).to.equal(1);
    expect(textWidth('🤖')).to.equal(2);
  });

  it('are never wider than asked, whatever they hold', () => {
    fc.assert(
      fc.property(anyText, anyText, columns, (a, b, width) => {
        expect(textWidth(clip(a, width))).to.be.at.most(width);
        expect(textWidth(column(a, width))).to.equal(width);
        expect(lineWidth(fitLine([seg(a), seg(b)], width))).to.be.at.most(width);
        expect(lineWidth(spread([seg(a)], [seg(b)], width))).to.be.at.most(width);
        for (const row of wrap(a, Math.max(1, width), 2))
          expect(textWidth(row)).to.be.at.most(Math.max(1, width));
      }),
    );
  });

  it('mark what was cut', () => {
    expect(clip('approach', 5)).to.equal('appr…');
    expect(wrap('one two three four', 7, 2)).to.deep.equal(['one two', 'three …']);
    expect(wrap('one two', 20, 2)).to.deep.equal(['one two']);
  });

  it('keep their right end where both ends do not fit', () => {
    const line = spread([seg('a long reason')], [seg('0:42')], 10);
    expect(ansi(line, false)).to.equal('a lo… 0:42');
  });

  it('carry colours only where they are wanted', () => {
    const line = [seg('CRISIS', { colour: 'red', strong: true }), seg(' now')];
    expect(ansi(line, true)).to.equal('\u001b[1;31mCRISIS\u001b[0m now');
    expect(ansi(line, false)).to.equal('CRISIS now');
  });
});

describe('gauges of the view', () => {
  it('fill in proportion, by half columns', () => {
    expect(ansi(bar(0.5, 4, {}), false)).to.equal('━━──');
    expect(ansi(bar(0.6, 4, {}), false)).to.equal('━━╸─');
    expect(ansi(bar(0, 3, {}), false)).to.equal('───');
    expect(ansi(bar(1, 3, {}), false)).to.equal('━━━');
  });

  it('show what is not a share as empty or full, and keep their width', () => {
    expect(ansi(bar(Number.NaN, 3, {}), false)).to.equal('───');
    expect(ansi(bar(7, 3, {}), false)).to.equal('━━━');
    fc.assert(
      fc.property(fc.double(), fc.integer({ min: 0, max: 50 }), (share, width) => {
        expect(lineWidth(bar(share, width, {}))).to.equal(width);
      }),
    );
  });

  it('draw values from zero to the largest, the latest last', () => {
    expect(sparkline([8, 4, 0], 3)).to.equal('█▅▁');
    expect(sparkline([1, 8, 4, 0], 3)).to.equal('█▅▁');
    expect(sparkline([5], 3)).to.equal('  █');
    expect(sparkline([Number.NaN, Number.POSITIVE_INFINITY, 0], 3)).to.equal('  ▁');
  });
});

describe('the picture of a screen', () => {
  it('holds every text in its place, escaped, and shows its frames one after another', () => {
    const lines = [
      [seg('a<b ', { colour: 'red' }), seg('&c', { dim: true })],
      [seg(' CRISIS ', { badge: true })],
    ];
    const single = svgOf([{ lines, seconds: 2 }], 10, 2);
    expect(single).to.match(/<text x="14\.0" y="27" textLength="25\.2" fill="#[0-9a-f]{6}">a&lt;b<\/text>/);
    expect(single).to.include('>&amp;c</text>').and.include('<rect x="14.0" y="32"');
    expect(single).to.not.include('<animate');
    const twice = svgOf(
      [
        { lines, seconds: 1 },
        { lines: [], seconds: 3 },
      ],
      10,
      2,
    );
    expect(twice).to.include('values="inline;none" keyTimes="0;0.25000" dur="4s"');
    expect(twice).to.include('values="none;inline;none" keyTimes="0;0.25000;1.00000"');
  });
});
