import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { projectRoot } from '../../../scripts/env.mjs';
import { LETTERS, symbolsOf, WORDS, wordsOf } from '../../../src/plugins/language/tokens.js';

/** Made by training/language/tokens.py: what the model was trained on. */
const rows = JSON.parse(
  readFileSync(join(projectRoot, 'test/fixtures/language/tokens.json'), 'utf8'),
) as readonly { readonly text: string; readonly words: readonly (readonly number[])[] }[];

describe('plugins/language: tokens', () => {
  for (const { text, words } of rows) {
    it(`makes the same of ${JSON.stringify(text)} as the training`, () => {
      const said = wordsOf(text);
      expect(said.length).to.equal(words.length);
      const expected = new Int32Array(WORDS * LETTERS);
      words.forEach((symbols, row) => {
        expected.set(symbols, row * LETTERS);
      });
      expect([...symbolsOf(said)]).to.deep.equal([...expected]);
    });
  }

  it('gives symbols of 0..29 for any text, and a first letter for every word that fits', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const words = wordsOf(text);
        const symbols = symbolsOf(words);
        expect(symbols.every((symbol) => symbol >= 0 && symbol <= 29)).to.equal(true);
        words.slice(0, WORDS).forEach((_, row) => {
          expect(symbols[row * LETTERS], `${text}: word ${row}`).to.be.above(0);
        });
      }),
    );
  });
});
