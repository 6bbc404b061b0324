"""Utterances with their meaning: (clean words, noisy words, intent, colour, kind), a function of (seed, split, number).

Splits: train; val and test (at least one carrier, paraphrase, object phrase or distractor that train never uses, and
its own mishearings and fillers); synonyms (content words that no other split has).
`utterances.py --split test --count 10` prints some; `--json FILE` writes them for other programs.
"""

from __future__ import annotations

import argparse
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import grammar as g
import phrases as p
from noise import bend, corrupt
from parts import THEIRS
from refusals import MADE

SEED = 20240721
MORE = 0.65  # share of each part that train takes from the grammar
LOUDER = 1.25  # noise of train, more than that of the others
OWN = 0.55  # share of each part that val and test take from their own lists


@dataclass
class Utterance:
    clean: str
    text: str
    intent: str
    colour: str
    kind: str
    pairs: list  # (noisy word, clean word, its role)
    label_of_clean: tuple


class Maker:
    """One utterance from one source of random numbers."""

    def __init__(self, split: str, rng) -> None:
        self.split, self.rng, self.own = split, rng, 0

    def pick(self, items):
        return items[self.rng.integers(len(items))]

    def more(self, share: float = MORE) -> bool:
        return self.split == "train" and bool(self.rng.random() < share)

    def of(self, groups: list) -> str:
        """From one of several lists, the larger the more often, but not by its size."""
        weights = np.array([len(one) ** 0.4 for one in groups])
        return self.pick(groups[self.rng.choice(len(groups), p=weights / weights.sum())])

    def part(self, lists, name: str = ""):
        """From train's list or, counted, from the split's own; train: or from the grammar, under `name`."""
        if name and self.more():
            made = MADE[name]
            return self.of(made) if isinstance(made[0], list) else self.pick(made)
        if self.split in ("val", "test") and self.rng.random() < OWN:
            self.own += 1
            return self.pick(lists[self.split])
        return self.pick(lists["train"])

    def colour(self) -> tuple:
        name = self.pick(p.COLOURS[1:])
        if self.split == "synonyms" and name in p.SYNONYM_COLOURS and self.rng.random() < 0.3:
            return name, p.SYNONYM_COLOURS[name]
        words = p.COLOUR_WORDS[name]
        return name, words[0] if self.rng.random() < 0.75 else self.pick(words)

    def noun(self) -> str:
        if self.split == "synonyms" and self.rng.random() < 0.15:
            return self.pick(p.SYNONYM_NOUNS)
        return self.pick(p.NOUNS)

    def fill(self, template: str, role: str = "", **slots) -> list:
        """Words with roles, plain ones with `role`; slots hold word lists, or make them."""
        out = []
        for token in template.split():
            star, bare = token.startswith("*"), token.lstrip("*")
            if bare.startswith("{"):
                name, tail = bare[1:].split("}")
                value = slots[name]() if callable(slots[name]) else slots[name]
                words = [(w, r) for w, r in value]
                if tail:
                    words[-1] = (words[-1][0] + tail, words[-1][1])
                out += words
            else:
                out.append((bare, "verb" if star else role))
        return out

    def object(self):
        """(words, colour, kind)."""
        if self.more():
            return self.grown()
        if self.rng.random() < 0.14:
            return self.fill(self.part(p.PLAIN_OBJECTS), n=[(self.noun(), "noun")]), "none", "block"
        name, word = self.colour()
        made = self.rng.random() < 0.6 and not (self.split in ("val", "test") and self.rng.random() < OWN)
        template = self.thing() if made else self.part(p.OBJECTS)
        return self.fill(template, c=[(word, "colour")], n=[(self.noun(), "noun")]), name, "block" if "{n}" in template or " one" in template else "none"

    def thing(self) -> str:
        """An object phrase of parts."""
        place = self.pick(p.PLACES) if self.rng.random() < 0.35 else ""
        return " ".join(f"{self.pick(p.ARTICLES)} {self.pick(p.FORMS)} {place}".split())

    def grown(self):
        """An object of the grammar."""
        place = self.pick(g.PLACES) if self.rng.random() < 0.35 else ""
        named = self.rng.random() > 0.14
        template = " ".join(f"{self.pick(g.ARTICLES)} {self.pick(g.FORMS if named else g.PLAIN_FORMS)} {place}".split())
        if template in THEIRS:
            return self.grown()
        name, word = self.colour() if named else ("none", "")
        return self.fill(template, c=[(word, "colour")], n=[(self.noun(), "noun")]), name, "block" if "{n}" in template or " one" in template else "none"

    def surrounded(self, words):
        """A carrier of the grammar."""
        parts = [self.pick(few) if self.rng.random() < share else "" for few, share in ((g.BEFORE, 0.25), (g.NAMES, 0.2))]
        lead = self.pick(g.LEAD[self.pick(list(g.LEAD))]) if self.rng.random() < 0.65 else ""
        after = [self.pick(g.AFTER) if self.rng.random() < share else "" for share in (0.3, 0.05)]
        return self.fill(" ".join([*parts, lead, "{x}", *after]), x=words)

    def command(self, intent: str):
        """(words, colour, kind) without a carrier."""
        if self.split == "synonyms" and self.rng.random() < 0.8:
            template = self.pick(p.SYNONYMS[intent])
        elif self.more():
            template = self.of(g.COMMANDS[intent])
        else:
            template = self.part(p.COMMANDS[intent])
        if "{o}" not in template:
            return self.fill(template), "none", "none"
        words, colour, kind = self.object()
        full = self.fill(template, o=words)
        return (full, colour, kind) if intent in ("pick", "point", "look") else (full, "none", "none")

    def carried(self, words):
        if self.more(0.5):
            return self.surrounded(words)
        if self.rng.random() < 0.6 and not (self.split in ("val", "test") and self.rng.random() < OWN):
            parts = [self.pick(few) if self.rng.random() < share else "" for few, share in ((p.BEFORE, 0.3), (p.NAMES, 0.25), (p.MODALS, 0.6))]
            after = self.pick(p.AFTER) if self.rng.random() < 0.35 else ""
            return self.fill(" ".join([*parts, "{x}", after]), x=words)
        return self.fill(self.part(p.CARRIERS), x=words)

    def some_command(self):
        return self.command(self.pick(p.INTENTS[1:]))[0]

    def slots(self) -> dict:
        first = self.colour()[1]
        rest = [w for c, words in p.COLOUR_WORDS.items() if first not in words for w in words[:1]]
        return {"o": lambda: self.object()[0], "c": [(first, "colour")], "c2": [(self.pick(rest), "colour")],
                "n": lambda: [(self.noun(), "noun")], "b": lambda: self.plain(self.part(p.BAD_NOUNS, "BAD_NOUNS")),
                "s": lambda: self.plain(self.part(p.SIZES, "SIZES")), "w": lambda: self.plain(self.part(p.PEOPLE, "PEOPLE"))}

    @staticmethod
    def plain(text: str):
        return [(w, "other") for w in text.split()]

    def refused(self):
        """What must not be taken for a command."""
        sort = self.rng.random()
        if sort < 0.20:  # a thing that it does not know
            grown = self.more() and g.COMMANDS[self.pick(("pick", "point", "look"))]
            template = self.of(grown) if grown else self.pick([t for v in ("pick", "point", "look") for t in p.COMMANDS[v]["train"]])
            colour = [(self.colour()[1], "colour")] if self.rng.random() < 0.5 else []
            words = [(self.pick(["the", "a", "that", "my"]), "")] + colour + self.plain(self.part(p.BAD_NOUNS, "BAD_NOUNS"))
            return self.carried(self.fill(template, o=words))
        if sort < 0.36:
            return self.carried(self.fill(self.part(p.BAD_FRAMES, "BAD_FRAMES"), **self.slots()))
        if sort < 0.46:
            return self.carried(self.plain(self.part(p.BAD_VERBS, "BAD_VERBS")) + self.object()[0])
        if sort < 0.58:
            return self.fill(self.part(p.NEGATIONS, "NEGATIONS"), "neg", x=self.some_command())
        if sort < 0.66:
            return self.fill(self.part(p.TWO, "TWO"), "neg", x=self.some_command(), y=self.some_command())
        if sort < 0.76:
            return self.fill(self.part(p.ABOUT, "ABOUT"), "neg", x=self.some_command(), **self.slots())
        if sort < 0.82:
            return self.unread_clause()
        if sort < 0.97:
            return self.fill(self.part(p.CHAT, "CHAT"), **self.slots())
        return self.salad()

    def unread_clause(self):
        """A command with a wish that did not come through: one of its words is bent, or its number is a word."""
        words = self.part(p.CLAUSES, "CLAUSES").split()
        long = [i for i, w in enumerate(words) if len(w) > 3 or len(words) == 1]
        at = self.pick(long)
        words[at] = bend(words[at], self.split, self.rng)
        intent = self.pick([i for i in p.INTENTS[1:] if i != "stop"])
        return self.carried(self.command(intent)[0]) + [(w, "neg") for w in words]

    def salad(self):
        """Words in no order, some of letters alone."""
        pool = [w for v in p.COMMANDS.values() for t in v["train"] for w in t.replace("*", "").split() if "{" not in w]
        letters = lambda: "".join(self.pick("abcdefghijklmnoprstuvwz") for _ in range(self.rng.integers(2, 9)))
        return [(letters() if self.rng.random() < 0.5 else self.pick(pool), "neg") for _ in range(self.rng.integers(1, 9))]


def make(split: str, number: int, seed: int = SEED, level: float | None = None) -> Utterance:
    """Utterance `number` of a split. `level` of noise 0..1; None draws one: a quarter clean, else up to 1."""
    rng = np.random.default_rng([seed, zlib.crc32(split.encode()), number])
    while True:
        maker = Maker(split, rng)
        colour = kind = "none"
        if split != "synonyms" and rng.random() < 0.36:
            intent, words = "unknown", maker.refused()
        else:
            intent = p.INTENTS[1 + rng.choice(7, p=[0.31, 0.11, 0.15, 0.15, 0.09, 0.09, 0.10])]
            command, colour, kind = maker.command(intent)
            words = maker.carried(command)
        known = split in ("train", "synonyms") or maker.own > 0
        if words and known and len(words) <= 22:
            break
    if level is None:
        level = 0.0 if rng.random() < 0.25 else float(rng.random())
        if split == "train":
            level *= LOUDER
    label = (intent, colour, kind)
    pairs, lost = corrupt(words, split, rng, level)
    if lost:
        intent, colour, kind = "unknown", "none", "none"
    return Utterance(" ".join(w for w, _ in words), " ".join(w for w, _, _ in pairs), intent, colour, kind, pairs, label)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="train")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--level", type=float)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = [make(args.split, i, level=args.level) for i in range(args.count)]
    if args.json is not None:
        held = [{"text": u.text, "clean": u.clean, "verb": u.intent, "colour": u.colour, "kind": u.kind} for u in rows]
        args.json.write_text("\n".join(json.dumps(r) for r in held) + "\n")
        return
    for u in rows:
        print(f"{u.intent:8} {u.colour:7} {u.kind:6} | {u.clean} | {u.text}")


if __name__ == "__main__":
    main()
