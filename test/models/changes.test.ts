import { expect } from 'chai';
import { fault } from '../../src/contracts/errors.js';
import { ManifestChanges } from '../../src/models/manager/changes.js';
import { manifestOf } from './fixtures.js';

describe('models/changed manifests', () => {
  const add = manifestOf('add');
  const altered = fault('SAGE_502', 'add', 'other bytes');
  const MINUTE_MS = 60_000;

  it('wait longer after each failure, up to a bound, and are tried at once when they change again', () => {
    const changes = new ManifestChanges();
    expect(changes.waits(add, 0)).to.equal(null);
    let now_ms = 0;
    for (const minutes of [1, 2, 4, 8, 16, 16]) {
      changes.failed(add, altered, now_ms);
      expect(changes.waits(add, now_ms + minutes * MINUTE_MS - 1)).to.equal(altered);
      now_ms += minutes * MINUTE_MS;
      expect(changes.waits(add, now_ms)).to.equal(null);
    }
    changes.failed(add, altered, now_ms);
    const changed = { ...add, version: '2' };
    expect(changes.waits(changed, now_ms)).to.equal(null);
    changes.failed(changed, altered, now_ms);
    expect(changes.waits(changed, now_ms + MINUTE_MS), 'it begins anew').to.equal(null);
  });

  it('are forgotten when they are in use, or their model is not loaded any more', () => {
    const changes = new ManifestChanges();
    changes.failed(add, altered, 0);
    changes.keepOnly(new Set(['add']));
    expect(changes.waits(add, 1)).to.equal(altered);
    changes.keepOnly(new Set(['counter']));
    expect(changes.waits(add, 1)).to.equal(null);
    changes.failed(add, altered, 0);
    changes.settled('add');
    expect(changes.waits(add, 1)).to.equal(null);
  });
});
