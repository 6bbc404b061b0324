import { join } from 'node:path';
import { expect } from 'chai';
import { keepCompiled } from '../../src/app/compiled-code.js';
import { packageRoot } from '../../src/app/root.js';

describe('compiled code', () => {
  it('is kept beside the compiled sources where Node can keep it, and nowhere else', () => {
    const folders: string[] = [];
    keepCompiled({ enableCompileCache: (folder) => folders.push(folder) });
    expect(folders).to.deep.equal([join(packageRoot, 'dist', '.compile-cache')]);
    expect(() => keepCompiled({})).not.to.throw();
  });
});
