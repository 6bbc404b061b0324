"""Utterances as batches of numbers: a function of (split, batch size, number of the batch).

`POOL` batches are made at a time and sorted by length before they are parted, so that few places stay empty.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from noise import DELETED
from phrases import COLOURS, INTENTS, KINDS
from tokens import LETTERS, WORDS, symbols_of, words_of
from utterances import make

ROLES = ("verb", "colour", "noun", "other", "neg", "")  # from 1; 0 does not count
OTHER = 2  # classes of the denoising head: 0 does not count, 1 delete, 2 any word that is not in the list
POOL = 16
GAP = "\0"  # a word that was not heard, as tokens.py writes it


def vocabulary(count: int) -> dict:
    """Clean words of the first utterances of train that occur five times or more, to numbers from 3."""
    seen = Counter(w for i in range(count) for w in make("train", i, level=0.0).clean.split())
    return {w: i + 3 for i, w in enumerate(sorted(w for w, n in seen.items() if n >= 5))}


def spelled(words: dict) -> torch.Tensor:
    """int32 [V,LETTERS]: the letters of each class of clean words; nothing where it is no word."""
    letters = np.zeros((len(words) + 3, LETTERS), dtype=np.int32)
    for word, i in words.items():
        symbols = symbols_of(word)
        letters[i, :len(symbols)] = symbols
    return torch.from_numpy(letters)


@dataclass(frozen=True)
class Row:
    heard: list  # noisy words
    clean: list  # class of the clean word of each
    roles: list  # and of its role
    label: tuple  # numbers of intent, colour, kind


def row(utterance, words: dict) -> Row:
    heard, clean, roles = [], [], []
    for noisy, meant, role in utterance.pairs:
        for piece in words_of(noisy):
            heard.append(piece)
            roles.append(ROLES.index(role) + 1)
            clean.append(1 if meant == DELETED else words.get(meant, OTHER))
    label = (INTENTS.index(utterance.intent), COLOURS.index(utterance.colour), KINDS.index(utterance.kind))
    return Row(heard[:WORDS], clean[:WORDS], roles[:WORDS], label)


@dataclass(frozen=True)
class Batch:
    words: torch.Tensor  # int32 [K,L]: each different word once, the first one empty
    places: torch.Tensor  # long [N,W]: which of them stands where, 0 for none
    clean: torch.Tensor  # long [N,W]: class of the clean word, 0 does not count
    roles: torch.Tensor  # long [N,W]: its role, 0 does not count
    labels: torch.Tensor  # long [M,3], M <= N: those after have gaps, and are there for their clean words alone


def batch_of(rows: list, gapped: list = ()) -> Batch:
    every = [*rows, *gapped]
    known = {w: i + 1 for i, w in enumerate(sorted({w for r in every for w in r.heard}))}
    longest = max(1, max(len(r.heard) for r in every))
    letters = np.zeros((len(known) + 1, LETTERS), dtype=np.int32)
    for word, i in known.items():
        symbols = symbols_of(word)
        letters[i, :len(symbols)] = symbols
    places, clean, roles = np.zeros((3, len(every), longest), dtype=np.int64)
    for i, r in enumerate(every):
        places[i, :len(r.heard)] = [known[w] for w in r.heard]
        clean[i, :len(r.clean)] = r.clean
        roles[i, :len(r.roles)] = r.roles
    return Batch(torch.from_numpy(letters), torch.from_numpy(places), torch.from_numpy(clean), torch.from_numpy(roles),
                 torch.tensor([r.label for r in rows]))


def gap(r: Row, rng) -> Row:
    """A copy in which a span of one to three words was not heard; only those are to be told."""
    length = len(r.heard)
    span = min(int(rng.integers(1, 4)), length)
    at = int(rng.integers(length - span + 1))
    heard = [GAP if at <= i < at + span else w for i, w in enumerate(r.heard)]
    hidden = lambda told: [x if at <= i < at + span else 0 for i, x in enumerate(told)]
    return Row(heard, hidden(r.clean), hidden(r.roles), r.label)


class Stream:
    """Batches of train. `gaps`: how many utterances of a batch come a second time with a span hidden."""

    def __init__(self, size: int, seed: int, words: dict, gaps: int) -> None:
        self.size, self.seed, self.words, self.gaps = size, seed, words, gaps
        self.pool = lru_cache(maxsize=1)(self.make_pool)

    def make_pool(self, number: int) -> list:
        rng = np.random.default_rng([self.seed, 1, number])
        count = POOL * self.size
        rows = [row(make("train", number * count + i), self.words) for i in range(count)]
        rows.sort(key=lambda r: len(r.heard))
        parts = [rows[i * self.size:(i + 1) * self.size] for i in range(POOL)]
        return [parts[i] for i in rng.permutation(POOL)]

    def batch(self, number: int) -> Batch:
        rng = np.random.default_rng([self.seed, 2, number])
        rows = self.pool(number // POOL)[number % POOL]
        hidden = rng.choice(len(rows), size=self.gaps, replace=False) if self.gaps else []
        return batch_of(rows, [gap(rows[i], rng) for i in hidden])


def held_out(split: str, count: int, words: dict, level: float | None = None, size: int = 250) -> list:
    """The first `count` utterances of a split, in batches by length. `level` of noise, as utterances.make has it."""
    rows = sorted((row(make(split, i, level=level), words) for i in range(count)), key=lambda r: len(r.heard))
    return [batch_of(rows[i:i + size]) for i in range(0, count, size)]


def tokens_of(batch: Batch) -> np.ndarray:
    """int32 [N,WORDS,LETTERS], as the exported graph takes them."""
    out = np.zeros((len(batch.places), WORDS, LETTERS), dtype=np.int32)
    out[:, :batch.places.shape[1]] = batch.words.numpy()[batch.places.numpy()]
    return out
