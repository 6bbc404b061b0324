import { expect } from 'chai';
import { eventLine } from '../../src/app/commands/models-live.js';

describe('sage models list --live', () => {
  const event = {
    header: { stamp: { sec: 1_700_000_000 } },
    kind: 'swap',
    model: 'fine',
    replaced: 'coarse',
    mode: 'overlap',
    reason: 'complexity 0.90 ("pick" needs precise positions), fine is good for 1.00',
    success: true,
    code: '',
    detail: '',
    gap_ms: 12.4,
  };

  it('says what was done with models, and why', () => {
    const [at, what, why] = eventLine(event);
    expect(at).to.match(/^\d\d:\d\d:\d\d$/);
    expect(what).to.equal('swap coarse → fine');
    expect(why).to.contain('"pick" needs precise positions');
    expect(why).to.match(/; overlap, requests waited 12 ms$/);
  });

  it('says what could not be done', () => {
    const failed = { ...event, kind: 'load', replaced: '', mode: '', reason: 'asked for', success: false };
    const [, what, why] = eventLine({ ...failed, code: 'SAGE_513', detail: 'no room' });
    expect([what, why]).to.deep.equal(['load fine', 'asked for; failed: SAGE_513 no room']);
    const grown = { ...failed, kind: 'replace', reason: 'it has 9 MB', code: 'SAGE_514' };
    expect(eventLine({ ...grown, detail: 'too large: it has 9 MB' })[2], 'the reason once').to.equal(
      'SAGE_514 too large: it has 9 MB',
    );
  });
});
