"""The language refiner: one weight-tied step that reads the words again in the light of what is believed so far.

Shapes (N batch, W words, L letters, D width): tokens int32 [N,W,L]; the state is float [N,W+4,128] in -1..1, first what
each word is believed to be, then the meaning, four vectors; logits of intent [N,8], colour [N,12], kind [N,2]; energy [N].
The first state is zero: nothing is known yet, and the first step is a plain encoder, the one-shot classifier. A word that
a step has made out is read as such by the next: what is believed of a place becomes a mean of the clean words that it may
be, in the letters' own terms, and stands beside what was heard there. How far the two are apart tells a misheard word from
a foreign one. The state has the same shape for every size of the network, so that one plugin drives them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from phrases import COLOURS, INTENTS, KINDS
from tokens import LETTERS, SYMBOLS, WORDS

ROLES = 7  # what the denoising tells of a word beside which it is; 0 is not used
DROP = 0.1
REST = 0.03  # a smaller change of a number is not made, so that what is believed comes to stand still
SLOTS, BELIEF = 4, 128  # vectors that make up the meaning, and the length of each vector of the state
HEADS = (len(INTENTS), len(COLOURS), len(KINDS))


@dataclass(frozen=True)
class Size:
    layers: int = 6
    width: int = 256
    heads: int = 4


class Norm(nn.Module):
    """Layer norm; written out in exports, so that the graph holds operators that every runtime knows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.float()
        if not torch.onnx.is_in_onnx_export():
            return F.layer_norm(x, self.gain.shape, self.gain, self.bias, 1e-5)
        x = x - x.mean(dim=-1, keepdim=True)
        return x / ((x * x).mean(dim=-1, keepdim=True) + 1e-5).sqrt() * self.gain + self.bias


class Layer(nn.Module):
    """Self-attention over words and meaning together, then a feed-forward of four times the width; norms first."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.width
        self.heads, self.scale = size.heads, (d // size.heads) ** -0.5
        self.norm1, self.norm2 = Norm(d), Norm(d)
        self.asks, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        n, t, d = x.shape
        q, k, v = (y.reshape(n, t, self.heads, d // self.heads).permute(0, 2, 1, 3) for y in self.asks(self.norm1(x)).split(d, dim=2))
        weights = ((q * self.scale) @ k.transpose(2, 3) + mask).softmax(dim=-1)
        x = x + self.drop(self.out((weights.to(v.dtype) @ v).permute(0, 2, 1, 3).reshape(n, t, d)))
        return x + self.drop(self.down(F.relu(self.up(self.norm2(x)))))

    def drop(self, x: torch.Tensor) -> torch.Tensor:
        """In training: the same numbers of every place of an utterance are left out."""
        if not self.training:
            return x
        keep = torch.rand(x.shape[0], 1, x.shape[2]) >= DROP
        return x * (keep.to(x.dtype) / (1 - DROP))


class Letters(nn.Module):
    """A word from its letters: convolutions of three widths and the largest of each, so that a slip costs little."""

    def __init__(self, width: int, channels: int = 64) -> None:
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, 32)
        self.convs = nn.ModuleList([nn.Conv1d(32, channels, k, padding=k // 2) for k in (1, 3, 5)])
        self.mix = nn.Linear(3 * channels, width)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """int [K,L] to float [K,D]."""
        k, letters = words.shape
        x = self.embed(words).reshape(k, 1, letters, 32).permute(0, 3, 1, 2)
        # as two-dimensional ones of height 1: TensorRT's list has no others
        wide = [F.conv2d(x, c.weight[:, :, None], c.bias, padding=(0, c.padding[0])) for c in self.convs]
        return self.mix(torch.cat([F.relu(one).amax(dim=(2, 3)) for one in wide], dim=1))


class Heard(NamedTuple):
    """What does not change from step to step."""

    places: torch.Tensor  # [N,W+4,D]: what stands at every place, and the slots of the meaning
    mask: torch.Tensor  # [N,1,1,W+4]: 0, or far below it where no word is
    words: torch.Tensor  # [N,W,D]: the words alone
    lexicon: torch.Tensor | None  # [V,D]: the clean words, each as if it had been heard


class Refiner(nn.Module):
    """`again`: clean words that a step has made out are read by the next. The one-shot classifier has no next step."""

    def __init__(self, size: Size = Size(), vocabulary: int = 0, again: bool = False) -> None:
        super().__init__()
        d = size.width
        self.size = size
        self.letters = Letters(d)
        self.place = nn.Parameter(0.02 * torch.randn(WORDS, d))
        self.slot = nn.Parameter(0.5 * torch.randn(SLOTS, d))
        self.lift = nn.Linear(BELIEF, d)
        self.layers = nn.ModuleList([Layer(size) for _ in range(size.layers)])
        self.norm = Norm(d)
        self.gates = nn.Linear(d, 2 * BELIEF)
        nn.init.constant_(self.gates.bias[:BELIEF], 1.0)
        self.heads = nn.Linear(SLOTS * BELIEF, sum(HEADS))
        self.loss_hidden, self.loss_out = nn.Linear(SLOTS * BELIEF + 4, 32), nn.Linear(32, 1)
        self.denoise = nn.Linear(BELIEF, vocabulary + ROLES) if vocabulary else None
        self.again = None
        if again:
            self.again = nn.Linear(2 * d, d)
            nn.init.zeros_(self.again.weight)
            self.register_buffer("spelled", torch.zeros(vocabulary, LETTERS, dtype=torch.int32))

    def hear(self, words: torch.Tensor, places: torch.Tensor) -> Heard:
        """`words` int [K,L] holds each different word once, the first one empty, `places` long [N,W] which stands where."""
        return self.heard(F.embedding(places, self.letters(words)), places > 0, self.lexicon())

    def hear_tokens(self, tokens: torch.Tensor, lexicon: torch.Tensor | None = None) -> Heard:
        """The same from int32 [N,W,L]."""
        n, w, letters = tokens.shape
        return self.heard(self.letters(tokens.reshape(n * w, letters)).reshape(n, w, -1), tokens[:, :, 0] > 0, lexicon)

    def heard(self, words: torch.Tensor, there: torch.Tensor, lexicon: torch.Tensor | None) -> Heard:
        n, w = there.shape
        slots = torch.zeros(n, 1, 1) + self.slot
        seen = torch.cat([there.float(), torch.ones(n, SLOTS)], dim=1)
        return Heard(torch.cat([words + self.place[:w], slots], dim=1), ((seen - 1.0) * 1e4).reshape(n, 1, 1, w + SLOTS), words, lexicon)

    def lexicon(self) -> torch.Tensor | None:
        """The clean words as they are heard; classes that are no word are nothing. It learns nothing by being read."""
        if self.again is None:
            return None
        return (self.letters(self.spelled) * (self.spelled[:, :1] > 0)).detach()

    def corrected(self, heard: Heard, beliefs: torch.Tensor) -> torch.Tensor:
        """[N,W,D] to be added to the words: the clean ones that are believed, and how far those are from the heard ones."""
        meant = self.denoise(beliefs)[:, :, ROLES:].softmax(dim=2) @ heard.lexicon
        return self.again(torch.cat([meant, (heard.words - meant).abs()], dim=2))

    def blank(self, batch: int, words: int) -> torch.Tensor:
        return torch.zeros(batch, words + SLOTS, BELIEF)

    def read(self, heard: Heard, state: torch.Tensor) -> torch.Tensor:
        """One step: the next state."""
        x = heard.places + self.lift(state)
        if self.again is not None:
            words = x.shape[1] - SLOTS
            x = torch.cat([x[:, :words] + self.corrected(heard, state[:, :words]), x[:, words:]], dim=1)
        for layer in self.layers:
            x = layer(x, heard.mask)
        gate, new = self.gates(self.norm(x)).float().split(BELIEF, dim=2)
        change = torch.sigmoid(gate) * (torch.tanh(new) - state)
        return state + (change if self.training else change * (change.abs() > REST).float())

    def logits(self, meaning: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        out = self.heads(meaning.reshape(-1, SLOTS * BELIEF)).float()
        a, b = HEADS[0], HEADS[0] + HEADS[1]
        return out[:, :a], out[:, a:b], out[:, b:]

    def energy(self, before: torch.Tensor, meaning: torch.Tensor, logits: tuple) -> torch.Tensor:
        """The model's own estimate of its loss after the step, nats, positive: reads the meaning, the entropy of each
        answer and how far the step went."""
        parts = [(meaning - before).abs().mean(dim=(1, 2))[:, None] * 4.0]
        for one in logits:
            probs = one.softmax(dim=1)
            parts.append(-(probs * (probs + 1e-6).log()).sum(dim=1, keepdim=True))
        hidden = self.loss_hidden(torch.cat([meaning.reshape(-1, SLOTS * BELIEF)] + parts, dim=1))
        return F.softplus(self.loss_out(F.relu(hidden)).float())[:, 0]


def meaning_of(state: torch.Tensor) -> torch.Tensor:
    return state[:, -SLOTS:]


def meaning_loss(logits: tuple, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the whole meaning per utterance, nats: `labels` long [N,3]; slots of an unknown do not count."""
    known = (labels[:, 0] > 0).float()
    intent, colour, kind = (F.cross_entropy(one, labels[:, i], reduction="none") for i, one in enumerate(logits))
    return intent + known * (colour + kind)
