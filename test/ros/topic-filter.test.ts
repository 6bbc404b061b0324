import { expect } from 'chai';
import { TopicFilter } from '../../src/ros/topic-filter.js';

describe('the topics that a selection means', () => {
  const resolve = (name: string): string =>
    name === 'mine' ? '/theirs' : name.startsWith('/') ? name : `/ns/${name}`;
  const filter = (record: readonly string[] | null, exclude: readonly string[] = []) =>
    new TopicFilter({ record, exclude }, resolve);

  it('are those named, in the namespace and with remaps', () => {
    const chosen = filter(['mine', 'a', '/b']);
    expect(['/theirs', '/ns/a', '/b'].every((name) => chosen.wants(name))).to.equal(true);
    expect(['/mine', '/a', '/b/c'].some((name) => chosen.wants(name))).to.equal(false);
  });

  it('are those that a pattern fits, whatever stands in it besides', () => {
    const chosen = filter(['camera/*', '/x.y*']);
    expect(chosen.wants('/ns/camera/image_raw/compressed')).to.equal(true);
    expect(chosen.wants('/camera/image_raw')).to.equal(false);
    expect(chosen.wants('/xzy')).to.equal(false);
  });

  it('are never those excluded', () => {
    const chosen = filter(null, ['*/image_raw', 'mine']);
    expect(['/a/image_raw', '/theirs'].some((name) => chosen.wants(name))).to.equal(false);
    expect(chosen.wants('/a/image_raw/compressed')).to.equal(true);
  });

  it('are hidden ones only where they are asked for', () => {
    const hidden = '/sage/pursue/_action/status';
    expect(filter(null).wants(hidden)).to.equal(false);
    expect(filter(['/sage/*']).wants(hidden)).to.equal(false);
    expect(filter(['/sage/pursue/_action/*']).wants(hidden)).to.equal(true);
    expect(filter([hidden]).wants(hidden)).to.equal(true);
  });

  it('are missing where nothing of the graph is meant', () => {
    const chosen = filter(['/a', '/b', '/c/*', '/d/*', '/e'], ['/e']);
    chosen.add('/heard');
    expect(chosen.wants('/heard')).to.equal(true);
    expect(chosen.missingFrom(['/a', '/c/x'])).to.deep.equal(['/b', '/d/*']);
  });
});
