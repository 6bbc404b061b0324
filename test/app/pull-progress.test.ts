import { expect } from 'chai';
import { ProgressLines } from '../../src/app/commands/pull-progress.js';

describe('progress of sage models pull', () => {
  const told = (isTTY: boolean): string => {
    let text = '';
    const lines = new ProgressLines({ isTTY, write: (more) => (text += more) });
    for (const file of ['a', 'b']) {
      for (let bytes = 1e6; bytes <= 1e8; bytes += 1e6) lines.tell({ file, bytes, bytes_max: 1e8 });
    }
    return text;
  };

  it('is a line at each tenth where it goes into a file', () => {
    const lines = told(false).trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('a:'))).to.have.length(11);
    expect(lines[0]).to.equal('a: 1.0 MB of 100.0 MB, 1 %');
    expect(lines.at(-1)).to.equal('b: 100.0 MB of 100.0 MB, 100 %');
  });

  it('is one line that changes on a terminal', () => {
    const lines = told(true).trimEnd().split('\n');
    expect(lines).to.have.length(2);
    expect(lines[0]!.split('\r').at(-1)).to.contain('a: 100.0 MB of 100.0 MB, 100 %');
  });
});
