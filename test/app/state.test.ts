import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { runState } from '../../src/app/commands/state.js';
import { metabolismPage } from '../../src/app/docs.js';
import { METABOLIC_STATES, metabolicStateNamed } from '../../src/contracts/metabolism.js';
import { transitionsMermaid } from '../../src/metabolism/index.js';

describe('sage state', () => {
  it('takes a state in any case, and names those there are where it is another word', () => {
    for (const state of METABOLIC_STATES) {
      expect(metabolicStateNamed(state)).to.equal(state);
      expect(metabolicStateNamed(` ${state.toLowerCase()} `)).to.equal(state);
    }
    for (const other of ['', 'asleep', 'WAKE UP']) {
      expect(() => metabolicStateNamed(other)).to.throw(
        /SAGE_807.*Choose WAKE, FOCUS, REST, DREAM or CRISIS/,
      );
    }
  });

  it('prints the transitions of the code as Mermaid, without a node', async () => {
    const written: string[] = [];
    const { write } = process.stdout;
    process.stdout.write = ((text: string) => {
      written.push(text);
      return true;
    }) as typeof write;
    try {
      expect(await runState('', { diagram: true }, [])).to.equal(0);
    } finally {
      process.stdout.write = write;
    }
    expect(written.join('')).to.equal(transitionsMermaid());
  });
});

describe('the page of the metabolism', () => {
  it('holds the picture of the code, and is the one that is committed', () => {
    const page = metabolismPage();
    expect(page).to.include(`\`\`\`mermaid\n${transitionsMermaid()}\`\`\``);
    const committed = readFileSync(join(projectRoot, 'docs/metabolism.md'), 'utf8');
    expect(committed).to.equal(page);
  });
});
