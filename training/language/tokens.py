"""Text to numbers: at most 24 words of at most 12 letters; the same as src/plugins/language/tokens.ts.

0 nothing, 1-26 a-z, 27 apostrophe, 28 any digit, 29 the one letter of a word that was not heard ([unk], ***).
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata

import numpy as np

WORDS, LETTERS, SYMBOLS = 24, 12, 30
UNHEARD = 29
_MARK = re.compile(r"\[(?:unk|inaudible|noise|mask)\]|<(?:unk|mask)>|\*{2,}|_{2,}")
_OTHER = re.compile(r"[^a-z0-9'\x00]+")


def words_of(text: str) -> list:
    """Lower-case words; accents off; what was not heard becomes '\\0'."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    bare = _MARK.sub(" \0 ", bare.replace("\0", " ").replace("\u2019", "'"))
    return [w for w in (x.strip("'") for x in _OTHER.sub(" ", bare).split()) if w]


def symbols_of(word: str) -> list:
    if word == "\0":
        return [UNHEARD]
    return [27 if c == "'" else 28 if c.isdigit() else ord(c) - 96 for c in word[:LETTERS] if c != "\0"]


def encode(words: list) -> np.ndarray:
    """int32 [WORDS, LETTERS]; more words than fit are cut (the plugin refuses them before)."""
    out = np.zeros((WORDS, LETTERS), dtype=np.int32)
    for i, word in enumerate(words[:WORDS]):
        row = symbols_of(word)
        out[i, :len(row)] = row
    return out


def main() -> None:
    """`tokens.py TEXT...`: what becomes of each text, for test/fixtures/language/tokens.json."""
    rows = [{"text": t, "words": [symbols_of(w) for w in words_of(t)]} for t in sys.argv[1:]]
    print("[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]")


if __name__ == "__main__":
    main()
