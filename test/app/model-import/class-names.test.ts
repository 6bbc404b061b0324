import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { classNames, namesIn } from '../../../src/app/model-import/class-names.js';
import { thrownCode } from '../../models/fixtures.js';

describe('app/model-import: names of classes', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-names-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const from = (name: string, text: string): readonly string[] => {
    writeFileSync(join(folder, name), text);
    return classNames(join(folder, name));
  };

  it('reads them as users have them', () => {
    const cups = ['cup', 'tea pot'];
    expect(from('a.txt', '\uFEFFcup\r\ntea pot\r\n\r\n')).to.deep.equal(cups);
    expect(from('data.yaml', 'path: x\nnc: 2\nnames:\n  0: cup\n  1: tea pot\n')).to.deep.equal(cups);
    expect(from('list.yml', 'names: [cup, tea pot]')).to.deep.equal(cups);
    expect(from('list.json', '["cup", "tea pot"]')).to.deep.equal(cups);
    expect(from('config.json', '{"id2label": {"0": "cup", "1": "tea pot"}, "hidden": 9}')).to.deep.equal(
      cups,
    );
    expect(from('index.json', '{"0": ["n01", "cup"], "1": ["n02", "tea pot"]}')).to.deep.equal(cups);
    expect(namesIn(`{0: 'cup', 1: "child's", 2: 'x: y'}`, 'm'), 'as Python writes a dict').to.deep.equal([
      'cup',
      "child's",
      'x: y',
    ]);
    expect(from('digits.json', '[0, 1]')).to.deep.equal(['0', '1']);
  });

  it('refuses what names none, or leaves one out', () => {
    expect(thrownCode(() => from('none.txt', '\n\n'))).to.equal('SAGE_517');
    expect(thrownCode(() => from('gap.yaml', 'names: {0: a, 2: b}'))).to.equal('SAGE_517');
    expect(thrownCode(() => from('other.json', '{"path": "x"}'))).to.equal('SAGE_517');
    expect(thrownCode(() => from('broken.json', '{'))).to.equal('SAGE_517');
    expect(thrownCode(() => classNames(join(folder, 'absent.txt')))).to.equal('SAGE_902');
  });
});
