"""The graphs as they are exported: what model.py computes, in the form that costs a CPU least.

onnxruntime takes as long for a sum over three rows as for a convolution, so sums are matrix products with ones here,
the largest of three is taken by pairs, and what concerns all pixels is worked out where they lie cell by cell. export.py
checks that the graphs give what the model gives.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from model import CHANNELS, CLASSES, RELAX, Refiner, expected_iou, trunk

CELL = 4  # pixels of a place: 2×2
HEIGHT, WIDTH = 480, 640
TOGETHER = 4  # pixels of the reduced picture that one product works out: few make for many rows, many for needless zeros
ENERGY_MAX = 30.0  # nats per pixel, so that no exponential overflows; a wrong pixel at 10⁻⁷ has 16


def grid(pool: int = 4) -> tuple[int, int]:
    """Rows and columns of features and state."""
    return HEIGHT // pool // 2, WIDTH // pool // 2


class EncoderTrunk(nn.Module):
    """The convolutions of the encoder, which INT8 and FP16 convert."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.stem, self.body, self.features, self.state = encoder.stem, encoder.body, encoder.features, encoder.state

    def forward(self, x: torch.Tensor):
        x = self.body(self.stem(x))
        return self.features(x), self.state(x)


class EncoderGraph(nn.Module):
    """image uint8 [1,480,640,3] -> features, state0. `pool`: the picture is reduced so many times, in training 4."""

    def __init__(self, model: Refiner, pool: int = 4) -> None:
        super().__init__()
        self.trunk, self.pool = EncoderTrunk(model.encoder), pool
        self.rows, self.columns = HEIGHT // pool, WIDTH // pool
        self.register_buffer("below", torch.ones(1, pool))
        self.register_buffer("beside", torch.kron(torch.eye(TOGETHER), torch.eye(3).repeat(pool, 1)))
        self.register_buffer("along", torch.eye(3).repeat(1, self.columns))

    def forward(self, image: torch.Tensor):
        p, rows, columns = self.pool, self.rows, self.columns
        # Rows first, whose bytes lie side by side. Sums of bytes are exact in any order.
        rowwise = self.below @ image.float().reshape(rows, p, WIDTH * 3)
        pooled = (rowwise.reshape(-1, TOGETHER * p * 3) @ self.beside) / (p * p)
        mean = pooled.reshape(1, rows, columns, 3).mean(dim=(1, 2), keepdim=True)
        # The mean as a whole row: an operator that repeats three numbers over the picture takes as long as a convolution.
        centred = pooled.reshape(rows, columns * 3) - mean.reshape(1, 3) @ self.along
        spread = (centred * centred).mean().sqrt()
        features, state = self.trunk((centred / (spread + 4.0)).reshape(1, rows, columns, 3).permute(0, 3, 1, 2))
        return features, torch.tanh(state)


def part(conv: nn.Conv2d, begin: int, end: int) -> nn.Conv2d:
    """Some outputs of a convolution, as one of their own: what follows it is then worked out with it."""
    out = nn.Conv2d(conv.in_channels, end - begin, conv.kernel_size, conv.stride, conv.padding)
    out.weight.data.copy_(conv.weight.data[begin:end])
    out.bias.data.copy_(conv.bias.data[begin:end])
    return out


class RefineTrunk(nn.Module):
    """The convolutions between features, state and gates, which INT8 and FP16 convert."""

    def __init__(self, refine: nn.Module) -> None:
        super().__init__()
        for name in ("fuse", "down1", "mid", "down2", "wide", "lift2", "join1", "lift1", "join0"):
            setattr(self, name, getattr(refine, name))

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        return trunk(self, features, state)


class RefineGraph(nn.Module):
    """features, state -> next state, probs, energy, confidence. The probabilities are always 120×160."""

    def __init__(self, model: Refiner, pool: int = 4) -> None:
        super().__init__()
        refine, k = model.refine, len(CLASSES)
        self.trunk, self.pool = RefineTrunk(refine), pool
        self.gate, self.new = part(refine.gates, 0, CHANNELS), part(refine.gates, CHANNELS, 2 * CHANNELS)
        self.decode, self.hidden, self.out = refine.decode, refine.loss_hidden, refine.loss_out
        self.register_buffer("classes", torch.ones(1, k))
        # What the energy reads: twice the mean entropy of a cell, and four times the mean way of a step.
        self.register_buffer("cell", torch.full((1, k * CELL), 2.0 / CELL))
        self.register_buffer("way", torch.full((1, CHANNELS), 4.0 / CHANNELS))

    def forward(self, features: torch.Tensor, state: torch.Tensor):
        rows, columns = grid(self.pool)
        places, k = rows * columns, len(CLASSES)
        a = self.trunk(features, state)
        moved = RELAX * torch.sigmoid(self.gate(a)) * (torch.tanh(self.new(a)) - state)
        after = state + moved
        raw = self.decode(after).reshape(k, CELL * places)
        below = raw - torch.max(torch.max(raw[0:1], raw[1:2]), raw[2:3])
        e = below.exp()
        z = self.classes @ e
        cells = e / z
        # -Σ p log p = log z - Σ p below; one logarithm for the four pixels of a cell
        z = z.reshape(CELL, places)
        entropy = (z[0:1] * z[1:2] * (z[2:3] * z[3:4])).log() * (2.0 / CELL) - self.cell @ (cells * below).reshape(k * CELL, places)
        way = self.way @ moved.abs().reshape(CHANNELS, places)
        told = torch.cat([entropy, way]).reshape(1, 2, rows, columns)
        loss = self.out(F.relu(self.hidden(after, told))) - 3.0
        energy = (loss.clamp(max=ENERGY_MAX).exp() + 1.0).log().mean().reshape(1)
        probs = self.pixels(cells, rows, columns)
        return after, probs, energy, self.confidence(probs, cells, below)

    def pixels(self, cells: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        """[classes, 4·places] -> [1,classes,120,160], each cell as 2×2 pixels: pixels beside each other first, then rows."""
        k = len(CLASSES)
        beside = cells.reshape(k, 2, 2, rows * columns).permute(0, 1, 3, 2).reshape(k, 2, rows, 2 * columns)
        probs = beside.permute(0, 2, 1, 3).reshape(1, k, 2 * rows, 2 * columns)
        return probs if self.pool == 4 else F.interpolate(probs, scale_factor=self.pool / 4, mode="bilinear", align_corners=False)

    def confidence(self, probs: torch.Tensor, cells: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
        """model.expected_iou of the probabilities; from the cells where these are the pixels."""
        if self.pool != 4:
            return expected_iou(probs)
        mask = (below >= 0.0).float()
        both = (mask * cells).sum(dim=1)
        either = mask.sum(dim=1) + cells.sum(dim=1) - both
        return ((both + 8.0) / (either + 8.0)).mean().reshape(1)
