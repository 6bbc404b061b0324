"""Trains the vision refiner on rendered shards: `train.py --data training/data/vision --out training/runs/vision`.

Seeded and resumable: batch k depends on (seed, k) alone, and the checkpoint holds weights, their running average,
the optimiser and k. `--smoke` makes a handful of scenes, trains a few batches and checks that the loss falls.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all trainings share
import common
import scenes
from metrics import Confusion
from model import CLASSES, Refiner


def augment(images: np.ndarray, labels: np.ndarray, rng) -> tuple[torch.Tensor, torch.Tensor]:
    """Flips, channel permutations, zoom and turn; float [N,3,120,160] in 0..255 and long labels."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    y = torch.from_numpy(labels).long()
    n = len(x)
    theta = torch.zeros(n, 2, 3)
    for i in range(n):
        if rng.random() < 0.35:
            x[i] = x[i, torch.from_numpy(rng.permutation(3))]
        zoom = rng.uniform(0.62, 1.0) if rng.random() < 0.5 else 1.0
        turn = rng.normal(0, 0.12) if rng.random() < 0.4 else 0.0
        flip = -1.0 if rng.random() < 0.5 else 1.0
        c, s = math.cos(turn) * zoom, math.sin(turn) * zoom
        room = 1 - zoom
        theta[i] = torch.tensor([[c * flip, s * 0.75, rng.uniform(-room, room)], [-s * flip / 0.75, c, rng.uniform(-room, room)]])
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    y = F.grid_sample(y[:, None].float(), grid, mode="nearest", padding_mode="border", align_corners=False)[:, 0].long()
    gain = torch.from_numpy(rng.uniform(0.7, 1.3, (n, 1, 1, 1)).astype(np.float32))
    x = x * gain + torch.randn(x.shape, generator=torch.Generator().manual_seed(int(rng.integers(1 << 31)))) * float(rng.uniform(0, 5))
    return x.clamp(0, 255), y


def dice(probs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """One minus soft Dice of robot and block over the whole batch."""
    one = F.one_hot(target, len(CLASSES)).permute(0, 3, 1, 2).float()
    both = (probs * one).sum(dim=(0, 2, 3))[1:]
    total = (probs + one).sum(dim=(0, 2, 3))[1:]
    return (1 - (2 * both + 1) / (total + 1)).mean()


def head_loss(model: Refiner, before: torch.Tensor, state: torch.Tensor, plain: torch.Tensor):
    """How badly the loss head guesses `plain`, the cross-entropy per pixel [N,120,160]: exponential likelihood, whose
    best guess is the mean, and the ratio of the means per image. Gradients reach the head alone. Also returns the
    guessed and the true mean per image."""
    truth = F.avg_pool2d(plain[:, None].detach(), 2).clamp(max=8.0)
    with torch.no_grad():
        cells = model.refine.cell_probs(state)
    guess = model.refine.loss_map(before.detach(), state.detach(), cells).float().clamp(min=1e-4)
    mean, true_mean = guess.mean(dim=(1, 2, 3)), truth.mean(dim=(1, 2, 3))
    image = ((mean + 1e-3).log() - (true_mean + 1e-3).log()).abs().mean()
    return (truth / guess + guess.log()).mean() + image, mean, true_mean


def step_loss(model: Refiner, last: torch.Tensor, state: torch.Tensor, target: torch.Tensor, weights: torch.Tensor, smoothing: float):
    """Segmentation loss of one step, the loss head's own, and the plain cross-entropy per image."""
    logits = model.refine.logits(state).float()
    plain = F.cross_entropy(logits, target, reduction="none")
    smooth = F.cross_entropy(logits, target, reduction="none", label_smoothing=smoothing)
    weighted = (smooth * weights[target]).mean()
    return weighted + 0.5 * dice(logits.softmax(1), target), 0.1 * head_loss(model, last, state, plain)[0], plain.mean(dim=(1, 2))


def head_batch(model: Refiner, x: torch.Tensor, y: torch.Tensor, rng, half: bool):
    """The loss head alone, on two neighbouring steps of one to eight of a network that stands still: each guess, and
    the change from one to the other, relative to the loss."""
    first = int(rng.integers(1, 8))
    guesses, total = [], 0.0
    with common.bf16(half), torch.no_grad():
        features, state = model.encoder(x)
        states = [state.float()]
        for _ in range(first + 1):
            states.append(model.refine(features, states[-1]))
        losses = [F.cross_entropy(model.refine.logits(s).float(), y, reduction="none") for s in states[-2:]]
    for i, loss in enumerate(losses):
        seen, guess, truth = head_loss(model, states[first + i - 1], states[first + i], loss)
        total = total + seen / 2
        guesses.append((guess, truth))
    (g0, t0), (g1, t1) = guesses
    change = (((g1 - g0) - (t1 - t0)) / (t0 + 0.01)).abs().mean()
    return total + 5.0 * change, float(change)


def unroll(rng, short: bool) -> tuple[int, int]:
    """How many steps run without gradient first, and how many with.

    `short` learns mostly the first step, which costs half as much; otherwise one to four steps, or two late ones.
    """
    if short:
        return 0, 1 if rng.random() < 0.65 else 2
    if rng.random() < 0.65:
        return 0, int(rng.choice([1, 2, 3, 4], p=[0.1, 0.35, 0.4, 0.15]))
    return int(rng.integers(1, 8)), 2


def batch_loss(model: Refiner, x: torch.Tensor, y: torch.Tensor, rng, short: bool, args):
    """Deep supervision: every step with gradient counts, later ones more (0.8 to the power of the steps that follow)."""
    skip, run = unroll(rng, short)
    balance = torch.tensor(args.class_weights)
    with common.bf16(args.bf16):
        features, state = model.encoder(x)
    state = state.float()
    with torch.no_grad(), common.bf16(args.bf16):  # in a block of their own, see there
        for _ in range(skip):
            state = model.refine(features, state)
    with common.bf16(args.bf16):
        total, before = 0.0, None
        weights = 0.8 ** np.arange(run)[::-1]
        for weight in weights / weights.sum():
            last, state = state, model.refine(features, state)
            seg, head, plain = step_loss(model, last, state, y, balance, args.smoothing)
            total = total + float(weight) * (seg + head)
            if before is not None:  # no step may leave an image worse than it found it
                total = total + args.monotone * F.relu(plain - before).mean()
            before = plain.detach()
    return total, float(plain.mean())


def validate(model: Refiner, images: np.ndarray, labels: np.ndarray, steps=(1, 2, 4, 8)) -> dict:
    """mIoU after the given steps on (part of) the validation split."""
    model.eval()
    tables = {k: Confusion(len(CLASSES)) for k in steps}
    with torch.no_grad():
        for i in range(0, len(images), 25):
            x = torch.from_numpy(images[i:i + 25]).permute(0, 3, 1, 2).float()
            features, state = model.encoder(x)
            for k in range(1, max(steps) + 1):
                state = model.refine(features, state)
                if k in tables:
                    tables[k].add(model.refine.logits(state).argmax(1).numpy(), labels[i:i + 25])
    model.train()
    return {f"miou_{k}": [round(float(v), 4) for v in tables[k].iou()] for k in steps}


def start(model: Refiner, paths: list[Path]) -> None:
    """Takes the averaged weights of a checkpoint, or the mean of those of several, of which one went on from the other;
    tensors whose shape has changed keep their fresh values."""
    parts, own = [torch.load(path, map_location="cpu")["average"] for path in paths], model.state_dict()
    held = {k: sum(p[k] for p in parts) / len(parts) if v.dtype.is_floating_point else v for k, v in parts[0].items()}
    fits = {k: v for k, v in held.items() if k in own and v.shape == own[k].shape}
    model.load_state_dict(fits, strict=False)
    print(json.dumps({"init": [str(path) for path in paths], "fresh": sorted(set(own) - set(fits))}), flush=True)


def train(args) -> list[float]:
    """Runs to `args.steps` batches; returns the course of the loss."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    model = Refiner()
    average = copy.deepcopy(model)
    learned = [p for n, p in model.named_parameters() if not args.head_only or "refine.loss_" in n]
    optimiser = common.adamw(learned, args.lr, 1e-3)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"
    if args.init is not None:
        start(model, args.init)
        average = copy.deepcopy(model)
    first = common.resume(checkpoint, model, average, optimiser, args.fresh)
    images, labels = (np.concatenate(p) for p in zip(*(scenes.load(args.data, s) for s in args.splits)))
    val_images, val_labels = (a[:args.val] for a in scenes.load(args.data, "val"))
    course, began = [], time.perf_counter()
    if args.head_only:
        model.encoder.eval()  # its running statistics stand still too
    for step in range(first, args.steps):
        rng = np.random.default_rng([args.seed, step])
        pick = rng.choice(len(images), args.batch, replace=len(images) < args.batch)
        short = step < args.short * args.steps
        x, y = augment(images[pick], labels[pick], rng)
        loss, plain = head_batch(model, x, y, rng, args.bf16) if args.head_only else batch_loss(model, x, y, rng, short, args)
        common.update(model, optimiser, loss, common.cosine(step, args.steps, args.lr), 2.0)
        common.follow(average, model, step)
        course.append(float(loss))
        done = step + 1
        common.report(
            args, done,
            lambda: {"loss": round(float(np.mean(course[-args.report:])), 4), "ce": round(plain, 4), "seconds": round(time.perf_counter() - began, 1)},
            lambda: {} if args.head_only else validate(average, val_images, val_labels),
            lambda: common.save(checkpoint, model, average, optimiser, done, seed=args.seed, steps=args.steps, batch=args.batch))
    return course


def smoke(args) -> None:
    """About a minute: tiny data, a few batches; fails when the loss does not fall, resuming does not continue, or a batch
    leaves weights without gradient."""
    args.data, args.out = args.out / "smoke-data", args.out / "smoke-run"
    args.data.mkdir(parents=True, exist_ok=True)
    for split, count in (("train", 8), ("calm", 8), ("val", 4)):
        pairs = [scenes.make(split, i) for i in range(count)]
        np.savez(args.data / f"{split}-000000.npz", images=np.stack([p[0] for p in pairs]), labels=np.stack([p[1] for p in pairs]))
    args.batch, args.report, args.val, args.lr = 4, 6, 4, 3e-3
    passed = common.learns(args, lambda: train(args), steps=30, more=6, share=0.9, window=6)
    reach(args)
    print(json.dumps(passed))


def reach(args) -> None:
    """Fails where a batch, with steps without gradient before or with none, reaches not every weight."""
    image, label = scenes.make("train", 0)
    x, y = augment(image[None], label[None], np.random.default_rng(0))
    skips = set()
    for seed in range(12):
        model = Refiner()
        skip = unroll(np.random.default_rng(seed), False)[0] > 0
        skips.add(skip)
        # What makes the first state is out of reach once steps without gradient came after it.
        excused = ("encoder.state.",) if skip else ()
        common.reach(model, batch_loss(model, x, y, np.random.default_rng(seed), False, args)[0], excused)
    if skips != {False, True}:
        raise SystemExit("the seeds do not cover both kinds of batches")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/data/vision"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/vision"))
    parser.add_argument("--splits", nargs="+", default=["train", "calm"], help="what to learn from")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", type=int, default=50, help="batches between lines; validation every fifth")
    parser.add_argument("--val", type=int, default=200, help="validation scenes")
    parser.add_argument("--init", type=Path, nargs="+", help="checkpoint whose averaged weights to start from; of several, their mean")
    parser.add_argument("--class-weights", type=float, nargs=3, default=[1.0, 1.5, 3.0], help="background robot block")
    parser.add_argument("--smoothing", type=float, default=0.0, help="label smoothing")
    parser.add_argument("--monotone", type=float, default=0.0, help="weight of what a step loses against the one before")
    parser.add_argument("--short", type=float, help="share of the batches, the first, that unroll a step or two; 0.35, with --init 0")
    parser.add_argument("--head-only", action="store_true", help="only the loss head (energy), with --init")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--fresh", action="store_true", help="ignore an existing checkpoint")
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    if args.short is None:  # what goes on from a trained one unrolls at once
        args.short = 0.35 if args.init is None else 0.0
    if args.smoke:
        smoke(args)
    else:
        train(args)


if __name__ == "__main__":
    main()
