import { expect } from 'chai';
import { table } from '../../src/app/commands/models-text.js';

describe('the tables of sage models', () => {
  const head = ['model', 'files', 'on this machine'];
  const why = '199 MB (109 host, 90 model), loads in 3014 ms; encoder 15.2 ms on cpu, refine 18.1 ms on cpu';
  const rows = [
    ['vision-refiner', '1.9 MB', why],
    ['core-edge', '8.0 MB', '~114 MB, not measured'],
  ];

  it('keep a row on one line where it is read by programs', () => {
    expect(table(head, rows, undefined).split('\n')).to.have.length(3);
    expect(table(head, rows, 200).split('\n')).to.have.length(3);
  });

  it('fold the last column under itself in a terminal', () => {
    const lines = table(head, rows, 80).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80);
    expect(lines[1]).to.match(/^vision-refiner {2}1\.9 MB {2}199 MB/);
    expect(lines[2]).to.match(/^ {24}\S/);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).to.contain(why);
  });

  it('put the last column below its row where there is no room beside', () => {
    const wide = table(['model', 'task', 'on this machine'], [['vision-refiner', 'x'.repeat(50), why]], 80);
    const lines = wide.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80);
    expect(lines.slice(0, 2)).to.deep.equal([`model${' '.repeat(11)}task`, '    on this machine']);
    expect(lines[3]).to.match(/^ {4}199 MB/);
  });
});
