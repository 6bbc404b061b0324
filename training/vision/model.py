"""The vision refiner: a light encoder, and one weight-tied refinement step with a small U-shaped context path.

Shapes (N batch, C = 32 channels): image uint8 [N,120,160,3] pooled (or [1,480,640,3] in the exported encoder),
features and state [N,C,60,80], class logits [N,3,120,160].
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

CHANNELS = 32
RELAX = 0.6  # a step goes at most this share of its way, so that steps approach an answer instead of jumping about it
CLASSES = ("background", "robot", "block")


def _norm_relu(cin: int, cout: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout), nn.ReLU())


class StandardConv(nn.Conv2d):
    """A convolution whose weights are standardised per output channel and scaled by a learned gain.

    Keeps activations of the unrolled step in range without statistics of the data, which would differ from step to
    step; `plain()` gives the equal ordinary convolution, so it costs nothing after export.
    """

    def __init__(self, cin, cout, kernel=3, stride=1, dilation=1, gain=2.0 ** 0.5) -> None:
        super().__init__(cin, cout, kernel, stride, dilation * (kernel // 2), dilation)
        nn.init.normal_(self.weight, std=0.15)  # any scale is the same function; a small one learns faster
        nn.init.zeros_(self.bias)
        self.gain = nn.Parameter(torch.full((cout,), gain))

    def standard(self) -> torch.Tensor:
        w = self.weight.float()
        w = w - w.mean(dim=(1, 2, 3), keepdim=True)
        scale = self.gain / ((w * w).sum(dim=(1, 2, 3)) + 1e-6).sqrt()
        return w * scale[:, None, None, None]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, self.standard(), self.bias, self.stride, self.padding, self.dilation)

    def plain(self) -> nn.Conv2d:
        conv = nn.Conv2d(self.in_channels, self.out_channels, self.kernel_size, self.stride, self.padding, self.dilation)
        conv.weight.data.copy_(self.standard())
        conv.bias.data.copy_(self.bias)
        return conv


class PairConv(StandardConv):
    """A StandardConv over the channels of two tensors, one after the other."""

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return super().forward(torch.cat([a, b], dim=1))

    def plain(self) -> nn.Module:
        return PlainPair(super().plain(), self.in_channels)


class PlainPair(nn.Module):
    """The same as a sum of two ordinary convolutions: a channel count that is no multiple of 8 is slow on CPUs."""

    def __init__(self, joint: nn.Conv2d, channels: int, first: int = CHANNELS) -> None:
        super().__init__()
        rest = (joint.out_channels, joint.kernel_size, joint.stride, joint.padding, joint.dilation)
        self.a, self.b = nn.Conv2d(first, *rest), nn.Conv2d(channels - first, *rest, bias=False)
        self.a.weight.data.copy_(joint.weight.data[:, :first])
        self.a.bias.data.copy_(joint.bias.data)
        self.b.weight.data.copy_(joint.weight.data[:, first:])

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return self.a(a) + self.b(b)


def plain_convolutions(module: nn.Module) -> nn.Module:
    """Replaces every StandardConv below `module` by its ordinary equal, in place."""
    for name, child in module.named_children():
        if isinstance(child, StandardConv):
            setattr(module, name, child.plain())
        else:
            plain_convolutions(child)
    return module


class Encoder(nn.Module):
    """Pooled image to features and the initial state. Exposure and white balance go out by per-image statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _norm_relu(3, CHANNELS, 5, 2)
        self.body = _norm_relu(CHANNELS, CHANNELS, 3)
        self.features = StandardConv(CHANNELS, CHANNELS)
        self.state = StandardConv(CHANNELS, CHANNELS, 1, gain=0.7)

    def forward(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`pooled` float [N,3,120,160] in 0..255."""
        mean = pooled.mean(dim=(2, 3), keepdim=True)
        centred = pooled - mean
        spread = (centred * centred).mean(dim=(1, 2, 3), keepdim=True).sqrt()
        x = self.body(self.stem(centred / (spread + 4.0)))
        return self.features(x), torch.tanh(self.state(x))


def trunk(convs: nn.Module, features: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
    """What comes before the gates, at the size of the features and two coarser ones, by the convolutions of `Refine`."""
    a = F.relu(convs.fuse(state) + features)
    b = F.relu(convs.mid(F.relu(convs.down1(a))))
    w = F.relu(convs.down2(b))
    for conv in convs.wide:
        w = w + F.relu(conv(w))
    b = F.relu(convs.join1(b + F.interpolate(convs.lift2(w), scale_factor=2.0, mode="nearest")))
    return F.relu(convs.join0(a + F.interpolate(convs.lift1(b), scale_factor=2.0, mode="nearest")))


class Refine(nn.Module):
    """One L-step: (features, state) to the next state; the same weights at every step."""

    def __init__(self) -> None:
        super().__init__()
        c = CHANNELS
        self.fuse = StandardConv(c, c)
        self.down1, self.mid = StandardConv(c, 48, 3, 2), StandardConv(48, 48)
        self.down2 = StandardConv(48, 64, 3, 2)
        self.wide = nn.ModuleList([StandardConv(64, 64, dilation=d) for d in (1, 2, 4)])
        self.lift2, self.join1 = StandardConv(64, 48, 1), StandardConv(48, 48)
        self.lift1, self.join0 = StandardConv(48, c, 1), StandardConv(c, c)
        self.gates = StandardConv(c, 2 * c, 1, gain=0.7)
        nn.init.constant_(self.gates.bias[:c], 0.5)  # half open at first
        self.decode = StandardConv(c, len(CLASSES) * 4, gain=0.7)
        self.loss_hidden, self.loss_out = PairConv(c + 2, 16), StandardConv(16, 1, 1)

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        both = self.gates(trunk(self, features, state)).float()
        gate, new = both[:, :CHANNELS], both[:, CHANNELS:]
        return state + RELAX * torch.sigmoid(gate) * (torch.tanh(new) - state)

    def logits(self, state: torch.Tensor) -> torch.Tensor:
        return F.pixel_shuffle(self.decode(state), 2)

    def cell_probs(self, state: torch.Tensor) -> torch.Tensor:
        """Class probabilities [N,3,4,60,80] of the four pixels of each cell. Written out: as one operator the softmax
        over so short an axis costs ten times as much on a CPU."""
        raw = self.decode(state).float()
        n, _, h, w = raw.shape
        raw = raw.reshape(n, len(CLASSES), 4, h, w)
        e = (raw - raw.amax(dim=1, keepdim=True)).exp()
        return e / e.sum(dim=1, keepdim=True)

    def loss_map(self, before: torch.Tensor, state: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        """The model's own estimate of its cross-entropy after the step from `before` to `state`, nats per pixel,
        [N,1,60,80], positive; `cells` are cell_probs(state).

        Reads the state, the entropy of the answer and how far the step went: where being sure is wrong, and what is
        still to come.
        """
        entropy = -(cells * (cells + 1e-6).log()).sum(dim=1).mean(dim=1, keepdim=True)
        moved = (state - before).abs().mean(dim=1, keepdim=True)
        hidden = self.loss_hidden(state, torch.cat([2.0 * entropy, 4.0 * moved], dim=1))
        return F.softplus(self.loss_out(F.relu(hidden)) - 3.0)


class Refiner(nn.Module):
    """Encoder and refinement step together, as trained."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.refine = Encoder(), Refine()


def expected_iou(probs: torch.Tensor) -> torch.Tensor:
    """Self-estimated mean IoU of the arg-max masks if the probabilities are true, [N], 0..1.

    For a mask m and a true mask y with P(y) = p: E|m∩y| = Σ m p and E|m∪y| ≈ Σ (m + p − m p). A class that is
    absent from both counts as found (the 8 pixels that are added on both sides).
    """
    best = probs.max(dim=1, keepdim=True)[0]
    mask = (probs >= best).float()
    both = (mask * probs).sum(dim=(2, 3))
    either = mask.sum(dim=(2, 3)) + probs.sum(dim=(2, 3)) - both
    return ((both + 8.0) / (either + 8.0)).mean(dim=1)
