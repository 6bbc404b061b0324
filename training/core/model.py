"""The H/L network: one reasoning cycle of a strategic (H) and a tactical (L) transformer that inform each other.

Source: seeds/000 §5.5 and §6.1. Shapes: B batch, N tokens, D width. Token 0 is the whole situation; the others are
what is reasoned about (cells of a puzzle, or the refinements on offer). Both states start as zeros.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional as F

SNARC = ("surprise", "novelty", "arousal", "reward", "conflict")
RESOURCES = ("llm", "vision", "memory", "time", "effector")
MASKED = 1e4  # what an absent token loses in attention; within the range of float16


@dataclass(frozen=True)
class Size:
    """What makes one core different from another."""

    width: int
    heads: int
    inner: int
    h_layers: int
    l_layers: int
    tokens: int
    context: int
    actions: int

    def as_dict(self) -> dict:
        return asdict(self)


def full(tokens: int, context: int, actions: int) -> Size:
    """About 100 M parameters (seeds/000 §5.5: 768 wide, 3072 inside, 12 heads, 7 + 7 layers)."""
    return Size(768, 12, 3072, 7, 7, tokens, context, actions)


def edge(tokens: int, context: int, actions: int) -> Size:
    """Between one and three million parameters."""
    return Size(128, 4, 512, 3, 3, tokens, context, actions)


class Norm(nn.Module):
    """Divides by the root mean square of a token, times a learned gain; in float32 whatever comes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.float()
        return x / ((x * x).mean(dim=-1, keepdim=True) + 1e-5).sqrt() * self.gain


class Layer(nn.Module):
    """Attention and a two-layer perceptron, each added to its input and normalised after."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.width
        self.heads, self.per_head = size.heads, d // size.heads
        self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, size.inner), nn.Linear(size.inner, d)
        self.norm1, self.norm2 = Norm(d), Norm(d)
        for linear in (self.qkv, self.out, self.up, self.down):
            nn.init.trunc_normal_(linear.weight, std=linear.in_features ** -0.5)

    def attend(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """`bias` [B, heads or 1, 1, N] is added to the score of every key."""
        b, n, d = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, self.per_head).permute(2, 0, 3, 1, 4)
        score = torch.matmul(qkv[0], qkv[1].transpose(-1, -2)).float() * self.per_head ** -0.5 + bias
        mixed = torch.matmul(score.softmax(dim=-1), qkv[2])
        return self.out(mixed.transpose(1, 2).reshape(b, n, d))

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        x = self.norm1(x + self.attend(x, bias))
        inside = self.up(x)
        return self.norm2(x + self.down(inside * inside.sigmoid()))


class Stack(nn.Module):
    """The layers of one module; what comes in is normalised first, so that states of any number of cycles fit."""

    def __init__(self, size: Size, layers: int) -> None:
        super().__init__()
        self.norm = Norm(size.width)
        self.layers = nn.ModuleList([Layer(size) for _ in range(layers)])

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, bias)
        return x


class Core(nn.Module):
    """One reasoning cycle: (h, l, context, salience) to (h', l', strategy, actions, halt probability, resources)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.width
        self.size = size
        self.embed_h, self.embed_l = nn.Linear(size.context, d), nn.Linear(size.context, d)
        self.snarc = nn.Linear(len(SNARC), size.heads, bias=False)  # how far each head follows each salience
        self.h_module, self.l_module = Stack(size, size.h_layers), Stack(size, size.l_layers)
        self.strategy = nn.Linear(d, d)
        self.to_h, self.gate_h, self.norm_h = nn.Linear(d, d), nn.Linear(2 * d, d), Norm(d)
        self.to_l, self.gate_l, self.norm_l = nn.Linear(d, d), nn.Linear(2 * d, d), Norm(d)
        self.action, self.resource, self.halt = nn.Linear(d, size.actions), nn.Linear(d, len(RESOURCES)), nn.Linear(4 * d, 1)
        nn.init.constant_(self.snarc.weight, 0.5)  # salient tokens are attended to from the start
        for linear in (self.embed_h, self.embed_l):
            nn.init.normal_(linear.weight, std=0.7)
        nn.init.zeros_(self.halt.weight)
        nn.init.constant_(self.halt.bias, -3.0)  # halting has to be learned, going on has not

    def initial(self, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        shape = (batch, self.size.tokens, self.size.width)
        return torch.zeros(shape), torch.zeros(shape)

    def forward(self, h, l, context, salience, present):
        """h, l [B,N,D]; context [B,N,C]; salience [B,N,5] in 0..1; present [B,N], 1 for tokens that there are.

        Returns h', l' [B,N,D], strategy [B,D], action logits [B,N,A], halt logit [B], resource logits [B,5].
        """
        absent = ((present - 1) * MASKED)[:, None, None, :]
        salient = self.snarc(salience).float().transpose(1, 2)[:, :, None, :]
        h = self.h_module(h + self.embed_h(context), absent + salient)
        plan = self.strategy(h).float()
        l = self.l_module(l + self.embed_l(context) + plan, absent)
        both = torch.cat([h, l], dim=-1)
        h_next = self.norm_h(h + self.gate_h(both).sigmoid() * self.to_h(l))
        l_next = self.norm_l(l + self.gate_l(both).sigmoid() * self.to_l(h))
        share = (present / present.sum(dim=1, keepdim=True))[:, :, None]
        seen = torch.cat([h_next[:, 0], l_next[:, 0], (h_next * share).sum(1), (l_next * share).sum(1)], dim=-1)
        return (h_next, l_next, plan[:, 0], self.action(l_next).float(), self.halt(seen).float()[:, 0],
                self.resource(plan[:, 0]).float())


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())
