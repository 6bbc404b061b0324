"""Phrases made of parts, and what must not be among them: `free` leaves out every phrase of val, test and synonyms, and
every phrase that holds one of the words that only they have.
"""

from __future__ import annotations

import phrases as p

PARTS = ("OBJECTS", "PLAIN_OBJECTS", "CARRIERS", "BAD_NOUNS", "BAD_VERBS", "BAD_FRAMES", "SIZES", "PEOPLE", "NEGATIONS", "TWO", "ABOUT", "CHAT",
         "CLAUSES", "FILLERS")


def plain(text: str) -> str:
    return " ".join(text.replace("*", "").split())


def _held_out() -> tuple[set, set]:
    """Phrases of val, test and synonyms; and the words that only these have."""
    lists = [getattr(p, name) for name in PARTS] + list(p.COMMANDS.values())
    theirs = {plain(t) for one in lists for split in ("val", "test") for t in one[split]} | {plain(t) for v in p.SYNONYMS.values() for t in v}
    theirs -= {plain(t) for one in lists for t in one["train"]}
    mine = {w for one in lists for t in one["train"] for w in plain(t).split()}
    mine |= {w for part in (p.MODALS, p.AFTER, p.PLACES, p.FORMS, p.BEFORE, p.NAMES, p.ARTICLES) for t in part for w in t.split()} | set(p.NOUNS)
    names = ("BAD_NOUNS", "BAD_VERBS", "SIZES", "PEOPLE")
    words = {w for name in names for split in ("val", "test") for t in getattr(p, name)[split] for w in t.split()}
    words |= {w for v in p.SYNONYMS.values() for t in v for w in plain(t).split()} | set(p.SYNONYM_COLOURS.values()) | set(p.SYNONYM_NOUNS)
    return theirs, words - mine


THEIRS, ONLY_THEIRS = _held_out()


def free(items: list) -> list:
    return [t for t in items if plain(t) not in THEIRS and not ONLY_THEIRS & set(plain(t).split())]


def words(text: str) -> list:
    return [" ".join(t.split()) for t in text.replace("\n", " ").split("|") if t.strip()]


def groups(*lists) -> list:
    """Lists of phrases; a small one is to be drawn from more often than its size says."""
    return [one for one in (free(sorted(set(some))) for some in lists) if one]


def cross(*parts) -> list:
    """Every way to put one of each part in a row."""
    out = [""]
    for part in parts:
        out = [f"{a} {b}".strip() for a in out for b in part]
    return [" ".join(t.split()) for t in out]
