/** Words, letters per word, and alphabet of the model; must match training/language/tokens.py. */
export const WORDS = 24;
export const LETTERS = 12;
/** 1..26 = a–z; 0 = padding. */
const APOSTROPHE = 27;
const DIGIT = 28;
/** Placeholder letter of a word that was not heard. */
const UNHEARD = 29;

/** Markers that speech recognisers write for a word they missed: [unk], <mask>, ***. */
const MARK = /\[(?:unk|inaudible|noise|mask)\]|<(?:unk|mask)>|\*{2,}|_{2,}/g;
const GAP = '\0';

/** Words of an utterance in lower case without accents; a missed word is "\0". */
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

/** Symbols of the words, WORDS × LETTERS, zero-padded; whatever does not fit is truncated. */
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
