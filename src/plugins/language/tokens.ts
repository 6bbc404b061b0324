/** Words, letters of a word, and kinds of letters that the model takes; as in training/language/tokens.py. */
export const WORDS = 24;
export const LETTERS = 12;
/** 1..26 a–z; 0 is no letter. */
const APOSTROPHE = 27;
const DIGIT = 28;
/** The one letter of a word that was not heard. */
const UNHEARD = 29;

/** How recognisers write a word that they did not catch: [unk], <mask>, ***. */
const MARK = /\[(?:unk|inaudible|noise|mask)\]|<(?:unk|mask)>|\*{2,}|_{2,}/g;
const GAP = '\0';

/** The words of an utterance in lower case, without accents; a word that was not heard is "\0". */
export function wordsOf(text: string): readonly string[] {
  const bare = text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return bare
    .replaceAll(GAP, ' ')
    .replaceAll('\u2019', "'")
    .replace(MARK, ` ${GAP} `)
    .split(/[^a-z0-9'\0]+/)
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter(Boolean);
}

/** Symbols of the words, WORDS × LETTERS, zero where there is none; what does not fit is left out. */
export function symbolsOf(words: readonly string[]): Int32Array {
  const symbols = new Int32Array(WORDS * LETTERS);
  words.slice(0, WORDS).forEach((word, row) => {
    [...word].slice(0, LETTERS).forEach((letter, column) => {
      symbols[row * LETTERS + column] = symbolOf(letter);
    });
  });
  return symbols;
}

function symbolOf(letter: string): number {
  if (letter === GAP) return UNHEARD;
  if (letter === "'") return APOSTROPHE;
  return letter <= '9' ? DIGIT : letter.charCodeAt(0) - 96;
}
