import { Script } from 'node:vm';
import { expect } from 'chai';
import { inlined } from '../../../src/app/report/inlined.js';

describe('modules that are put into one script', () => {
  const run = (modules: Readonly<Record<string, string>>): unknown[] => {
    const told: unknown[] = [];
    new Script(inlined('main.js', (path) => modules[path]!)).runInNewContext({ told });
    return [...told];
  };

  it('are run once each, after what they import, whichever folder they are in', () => {
    const told = run({
      'main.js':
        "import { left } from './parts/left.js';\nimport { right } from './parts/right.js';\ntold.push(left + right());\n",
      'parts/left.js': "import { one } from '../base.js';\nexport const left = one + 1;\n",
      'parts/right.js':
        "import {\n  one,\n} from '../base.js';\nexport function right() {\n  return one + 2;\n}\n",
      'base.js': "told.push('base');\nexport const one = 1;\n",
    });
    expect(told).to.deep.equal(['base', 5]);
  });

  it('keep their own names to themselves', () => {
    const told = run({
      'main.js': "import { two } from './other.js';\nconst own = 1;\ntold.push(own, two);\n",
      'other.js': 'const own = 2;\nexport const two = own;\n',
    });
    expect(told).to.deep.equal([1, 2]);
  });
});
