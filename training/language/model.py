"""The language refiner: one weight-tied step that reads the words again in the light of the meaning so far.

Shapes (N batch, W words, L letters, D width): tokens int32 [N,W,L], meaning latent float [N,4,128] in -1..1, logits of
intent [N,8], colour [N,12], kind [N,2], energy [N]. The first latent is zero: nothing is known yet.
The latent has the same shape for every size of the network, so that one plugin drives them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from phrases import COLOURS, INTENTS, KINDS
from tokens import SYMBOLS, WORDS

SLOTS, MEANING = 4, 128  # vectors that make up the meaning latent, and their length
RELAX = 0.6  # a step goes at most this share of its way, so that steps approach an answer instead of jumping about it
HEADS = (len(INTENTS), len(COLOURS), len(KINDS))


@dataclass(frozen=True)
class Size:
    layers: int = 4
    width: int = 128
    heads: int = 4


class Norm(nn.Module):
    """Layer norm written out, so that the graph holds operators that every runtime knows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.float()
        x = x - x.mean(dim=-1, keepdim=True)
        return x / ((x * x).mean(dim=-1, keepdim=True) + 1e-5).sqrt() * self.gain + self.bias


class Layer(nn.Module):
    """Self-attention over words and latent together, then a feed-forward of four times the width; norms first."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.width
        self.heads, self.scale = size.heads, (d // size.heads) ** -0.5
        self.norm1, self.norm2 = Norm(d), Norm(d)
        self.query, self.key, self.value, self.out = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        n, t, d = x.shape
        split = (n, t, self.heads, d // self.heads)
        y = self.norm1(x)
        q, k, v = (m(y).reshape(split).permute(0, 2, 1, 3) for m in (self.query, self.key, self.value))
        weights = ((q @ k.transpose(2, 3)).float() * self.scale + mask).softmax(dim=-1)
        x = x + self.out((weights.to(v.dtype) @ v).permute(0, 2, 1, 3).reshape(n, t, d))
        return x + self.down(F.relu(self.up(self.norm2(x))))


class Letters(nn.Module):
    """A word from its letters: convolutions of three widths and the largest of each, so that a slip costs little."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, 32)
        self.convs = nn.ModuleList([nn.Conv1d(32, width // 2, k, padding=k // 2) for k in (1, 3, 5)])
        self.mix = nn.Linear(3 * (width // 2), width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        n, w, letters = tokens.shape
        x = self.embed(tokens).reshape(n * w, 1, letters, 32).permute(0, 3, 1, 2)
        # as two-dimensional ones of height 1: TensorRT's list has no others
        wide = [F.conv2d(x, c.weight[:, :, None], c.bias, padding=(0, c.padding[0])) for c in self.convs]
        parts = [F.relu(one).amax(dim=(2, 3)) for one in wide]
        return self.mix(torch.cat(parts, dim=1)).reshape(n, w, -1)


class Refiner(nn.Module):
    def __init__(self, size: Size = Size(), vocabulary: int = 0) -> None:
        super().__init__()
        d = size.width
        self.size = size
        self.letters = Letters(d)
        self.place = nn.Parameter(0.02 * torch.randn(WORDS, d))
        self.slot = nn.Parameter(0.5 * torch.randn(SLOTS, d))
        self.lift = nn.Linear(MEANING, d)
        self.layers = nn.ModuleList([Layer(size) for _ in range(size.layers)])
        self.norm = Norm(d)
        self.gates = nn.Linear(d, 2 * MEANING)
        nn.init.constant_(self.gates.bias[:MEANING], 0.5)
        self.heads = nn.Linear(SLOTS * MEANING, sum(HEADS))
        self.loss_hidden, self.loss_out = nn.Linear(SLOTS * MEANING + 4, 32), nn.Linear(32, 1)
        self.denoise = nn.Linear(d, vocabulary) if vocabulary else None

    def blank(self, batch: int) -> torch.Tensor:
        return torch.zeros(batch, SLOTS, MEANING)

    def read(self, tokens: torch.Tensor, meaning: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One step: the next meaning, and what became of the words [N,W,D]."""
        n, w, _ = tokens.shape
        words = self.letters(tokens) + self.place[:w]
        latent = self.slot + self.lift(meaning)
        x = torch.cat([words, latent], dim=1)
        heard = (tokens[:, :, 0] > 0).float()
        mask = torch.cat([(heard - 1.0) * 1e4, torch.zeros(n, SLOTS)], dim=1).reshape(n, 1, 1, w + SLOTS)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        both = self.gates(x[:, w:]).float()
        gate, new = both[:, :, :MEANING], both[:, :, MEANING:]
        return meaning + RELAX * torch.sigmoid(gate) * (torch.tanh(new) - meaning), x[:, :w]

    def logits(self, meaning: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        out = self.heads(meaning.reshape(-1, SLOTS * MEANING)).float()
        a, b = HEADS[0], HEADS[0] + HEADS[1]
        return out[:, :a], out[:, a:b], out[:, b:]

    def energy(self, before: torch.Tensor, meaning: torch.Tensor, logits: tuple) -> torch.Tensor:
        """The model's own estimate of its loss after the step, nats, positive: reads the meaning, the entropy of each
        answer and how far the step went."""
        parts = [(meaning - before).abs().mean(dim=(1, 2))[:, None] * 4.0]
        for one in logits:
            probs = one.softmax(dim=1)
            parts.append(-(probs * (probs + 1e-6).log()).sum(dim=1, keepdim=True))
        hidden = self.loss_hidden(torch.cat([meaning.reshape(-1, SLOTS * MEANING)] + parts, dim=1))
        return F.softplus(self.loss_out(F.relu(hidden)).float() - 3.0)[:, 0]


def meaning_loss(logits: tuple, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the whole meaning per utterance, nats: `labels` long [N,3]; slots of an unknown do not count."""
    known = (labels[:, 0] > 0).float()
    intent, colour, kind = (F.cross_entropy(one, labels[:, i], reduction="none") for i, one in enumerate(logits))
    return intent + known * (colour + kind)
