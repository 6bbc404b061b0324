import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { updatePages } from '../../src/app/commands/docs.js';
import { parameterLeaves } from '../../src/app/config.js';
import { errorsPage, parametersPage } from '../../src/app/docs.js';
import { ERROR_CATALOGUE, SageError } from '../../src/contracts/errors.js';
import { choice, real, reals } from '../../src/contracts/parameter.js';
import { walkParameters } from '../../src/contracts/parameter-walk.js';

describe('the generated pages', () => {
  it('show each parameter with type, default, range, unit, whether it is live, and source', () => {
    const schema = z.strictObject({
      arm: z.strictObject({
        speed: real(
          0.5,
          { min: 0.01, max: 1 },
          { description: 'How | fast.', unit: 'm/s', source: 'tried', live: true },
        ),
        axis: reals([0, 1], { min: -1, max: 1, length: 2 }, { description: 'Axis.', unit: '', source: '' }),
        mode: choice(['a', 'b'], 'a', { description: 'Mode.', unit: '', source: '' }),
      }),
    });
    const page = parametersPage(walkParameters(schema));
    expect(page).to.include('## arm\n');
    expect(page).to.include(
      '| `arm.speed` | number | `0.5` | 0.01 to 1 | m/s | live | How \\| fast. | tried |\n' +
        '| `arm.axis` | numbers | `[0,1]` | 2 numbers, each -1 to 1 |  |  | Axis. |  |\n' +
        '| `arm.mode` | word | `"a"` | one of a, b |  |  | Mode. |  |\n',
    );
  });

  it('leave no parameter and no error code out', () => {
    const parameters = parametersPage(parameterLeaves());
    for (const { path } of parameterLeaves()) expect(parameters).to.include(`| \`${path}\` |`);
    const errors = errorsPage();
    for (const code of Object.keys(ERROR_CATALOGUE)) expect(errors).to.include(`| \`${code}\` |`);
  });
});

describe('sage docs', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sage-docs-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('writes the pages, after which its check is content', () => {
    expect(updatePages(root, false)).to.deep.equal([
      'docs/parameters.md',
      'docs/errors.md',
      'docs/metabolism.md',
    ]);
    expect(readFileSync(join(root, 'docs', 'errors.md'), 'utf8')).to.equal(errorsPage());
    expect(updatePages(root, true)).to.deep.equal([]);
  });

  it('names the page that differs, and writes nothing, when it only checks', () => {
    updatePages(root, false);
    const page = join(root, 'docs', 'errors.md');
    writeFileSync(page, 'old');
    expect(() => updatePages(root, true)).to.throw(SageError, /^SAGE_905 [^:]*: docs\/errors\.md: /);
    expect(readFileSync(page, 'utf8')).to.equal('old');
    expect(updatePages(root, false)).to.deep.equal(['docs/errors.md']);
  });
});
