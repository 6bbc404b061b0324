"""Makes clean words look like the output of a speech recogniser or of hurried typing.

A word is a pair (text, role); roles: verb (essential), colour, noun, other (a thing or deed that is none of the robot's),
neg, or '' (may be lost without changing the meaning). Words that carry the meaning are bent, never dropped: without them nobody could know what was said. Where a
mask covers one of them the utterance becomes unknown.
"""

from __future__ import annotations

from functools import lru_cache

import grammar as g
from phrases import COLOUR_WORDS, FILLERS, MISHEARD, NOUNS
from refusals import MADE

NEEDED = {w for groups in g.COMMANDS.values() for one in groups for t in one for w in t.replace("*", "").split()} | set(NOUNS)
NEEDED |= {w for some in COLOUR_WORDS.values() for w in some}
IDLE = sorted({w for name in ("BAD_NOUNS", "BAD_VERBS", "SIZES", "PEOPLE") for t in MADE[name] for w in t.split()} - NEEDED)

MASK = "[unk]"
DELETED = "<del>"
SOUNDS = [("ck", "k"), ("c", "k"), ("k", "c"), ("ph", "f"), ("ee", "ea"), ("ea", "ee"), ("oo", "u"), ("ou", "ow"), ("s", "z"), ("z", "s"),
          ("th", "d"), ("d", "t"), ("t", "d"), ("b", "p"), ("p", "b"), ("g", "k"), ("v", "f"), ("f", "v"), ("i", "e"), ("e", "i"), ("a", "e"),
          ("o", "u"), ("u", "o"), ("y", "i"), ("ie", "y"), ("wh", "w"), ("ge", "j"), ("ll", "l"), ("l", "ll"), ("rr", "r"), ("e$", ""), ("r", "l"), ("m", "n")]
KEYS = {"a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n",
        "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x"}


def sound(word: str, rng) -> str:
    """One spelling by ear."""
    fits = [(a, b) for a, b in SOUNDS if (word.endswith(a[:-1]) if a.endswith("$") else a in word)]
    if not fits:
        return word
    a, b = fits[rng.integers(len(fits))]
    if a.endswith("$"):
        return word[:-1] + b
    at = word.find(a)
    return word[:at] + b + word[at + len(a):]


def slip(word: str, rng) -> str:
    """One slip of the fingers: two letters swapped, one lost, doubled or beside the key."""
    at, kind = int(rng.integers(len(word))), int(rng.integers(4))
    if kind == 0 and len(word) > 2:
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2:]
    if kind == 1 and len(word) > 2:
        return word[:at] + word[at + 1:]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    near = KEYS.get(word[at], "e")
    return word[:at] + near[rng.integers(len(near))] + word[at + 1:]


def _apart(a: str, b: str, most: int) -> bool:
    """Whether more than `most` letters have to be changed, added or left out."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        before, row = row, [i + 1]
        for j, y in enumerate(b):
            row.append(min(before[j] + (x != y), before[j + 1] + 1, row[j] + 1))
        if min(row) > most:
            return True
    return row[-1] > most


@lru_cache(maxsize=None)
def alike(word: str) -> tuple:
    """Other words that sound or look like it and that no command needs."""
    most = 1 if len(word) < 4 else 2
    fits = (w for w in IDLE if w != word and abs(len(w) - len(word)) <= most and (w[0] == word[0] or w[-2:] == word[-2:]))
    return tuple(w for w in fits if not _apart(w, word, most))


def bend(word: str, split: str, rng) -> str:
    table = MISHEARD["test" if split == "synonyms" else split]
    heard = table.get(word, []) if rng.random() < (0.75 if split != "train" else 1.0) else MISHEARD["train"].get(word, [])
    if heard and rng.random() < 0.4:
        return heard[rng.integers(len(heard))]
    if split == "train" and rng.random() < 0.15:
        near = alike(word)
        if near:
            return near[rng.integers(len(near))]
    times = 2 if len(word) > 5 and rng.random() < 0.25 else 1
    for _ in range(times):
        word = sound(word, rng) if rng.random() < 0.5 else slip(word, rng)
    return word


def corrupt(words, split: str, rng, level: float):
    """`words` [(text, role)] to ([(text, clean text or DELETED, role)], meaning lost?); `level` 0..1 scales everything."""
    pool = FILLERS["train"] + (MADE["FILLERS"] if split == "train" else []) + (FILLERS.get(split, FILLERS["test"]) * 3 if split != "train" else [])
    out, lost, glue = [], False, None
    masking = rng.random() < 0.35 * level
    mask_at = int(rng.integers(len(words))) if masking else -1
    mask_to = mask_at + (2 if rng.random() < 0.3 else 1) if masking else -1
    masked = False
    for i, (word, role) in enumerate(words):
        if rng.random() < 0.08 * level:
            out += [(w, DELETED, "") for w in pool[rng.integers(len(pool))].split()]
        if mask_at <= i < mask_to and role != "neg":
            lost = lost or role in ("verb", "colour")
            if not masked or rng.random() < 0.5:
                out.append((MASK, word, role))
            masked = True
            continue
        if role == "" and rng.random() < 0.12 * level:
            continue  # dropped
        text = bend(word, split, rng) if rng.random() < 0.42 * level * (0.5 if len(word) < 4 else 1.0) else word
        if glue is not None:
            text, glue = glue + text, None
        if rng.random() < 0.03 * level and i + 1 < len(words) and len(text) < 7 and role != "neg":
            glue = text  # runs into the next word
            continue
        if len(text) > 4 and rng.random() < 0.04 * level:
            cut = int(rng.integers(2, len(text) - 1))
            out += [(text[:cut], word, role), (text[cut:], DELETED, role)]
        else:
            out += [(t, word if k == 0 else DELETED, role) for k, t in enumerate(text.split())]
        if rng.random() < 0.05 * level:
            out.append((text, DELETED, role))  # said twice
    if glue is not None:
        out.append((glue, *words[-1]))
    return (out or [(MASK, *words[0])]), lost
