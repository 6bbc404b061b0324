"""Trains the language refiner, or with `--one-shot` the classifier of the same size that it is measured against.

Seeded and resumable: batch k depends on (seed, k) alone, and the checkpoint holds weights, their running average,
the optimiser and k. `--smoke` trains a small one for a few batches and checks that the loss falls and resuming goes on.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from model import Refiner, Size, meaning_loss
from noise import DELETED
from phrases import COLOURS, INTENTS, KINDS
from tokens import UNHEARD, WORDS, encode, words_of
from utterances import make

OTHER = 2  # classes of the denoising head: 0 does not count, 1 delete, 2 any word that is not in the list


def vocabulary(count: int) -> dict:
    """Clean words of the first utterances of train that occur five times or more, to numbers from 3."""
    seen = Counter(w for i in range(count) for w in make("train", i, level=0.0).clean.split())
    return {w: i + 3 for i, w in enumerate(sorted(w for w, n in seen.items() if n >= 5))}


def row(utterance, words: dict) -> tuple:
    """Tokens [W,L], clean word of each place [W], label [3]."""
    flat, targets = [], []
    for noisy, clean in utterance.pairs:
        for piece in words_of(noisy):
            flat.append(piece)
            targets.append(1 if clean == DELETED else words.get(clean, OTHER))
    place = np.zeros(WORDS, dtype=np.int64)
    place[:len(targets[:WORDS])] = targets[:WORDS]
    label = (INTENTS.index(utterance.intent), COLOURS.index(utterance.colour), KINDS.index(utterance.kind))
    return encode(flat), place, np.array(label, dtype=np.int64)


def batch_of(split: str, numbers, words: dict, level: float | None = None) -> tuple:
    """Torch tensors, cut to the longest of the batch."""
    tokens, places, labels = (np.stack(p) for p in zip(*(row(make(split, int(i), level=level), words) for i in numbers)))
    longest = max(1, int((tokens[:, :, 0] > 0).sum(axis=1).max()))
    return torch.from_numpy(tokens[:, :longest]), torch.from_numpy(places[:, :longest]), torch.from_numpy(labels)


def span_mask(tokens: torch.Tensor, places: torch.Tensor, rng) -> tuple:
    """Hides spans of one to three words from a copy, for denoising alone; returns it with the words to be told."""
    masked, told = tokens.clone(), torch.zeros_like(places)
    for i in range(len(tokens)):
        length = int((tokens[i, :, 0] > 0).sum())
        if length < 3:
            continue
        span = int(rng.integers(1, min(4, length)))
        at = int(rng.integers(length - span + 1))
        masked[i, at:at + span] = 0
        masked[i, at:at + span, 0] = UNHEARD
        told[i, at:at + span] = places[i, at:at + span]
    return masked, told


def unroll(rng, progress: float, one_shot: bool) -> tuple[int, int]:
    """How many steps run without gradient first, and how many with."""
    if one_shot:
        return 0, 1
    if progress < 0.3:
        return 0, 1 if rng.random() < 0.4 else 2
    if rng.random() < 0.6:
        return 0, int(rng.choice([1, 2, 3, 4], p=[0.1, 0.4, 0.3, 0.2]))
    return int(rng.integers(1, 10)), 2


def denoise_loss(model: Refiner, out: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    logits = model.denoise(out).float()
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), places.reshape(-1), ignore_index=0)


def batch_loss(model: Refiner, batch: tuple, rng, progress: float, args) -> tuple:
    """Deep supervision: every step with gradient counts, later ones more; no step may lose what one before had."""
    tokens, places, labels = batch
    skip, run = unroll(rng, progress, args.one_shot)
    half = lambda: torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16)
    meaning, before, total = model.blank(len(tokens)), None, 0.0
    # In an autocast of their own: one keeps the bf16 copies of the weights that it made, and those made here have no gradient.
    with torch.no_grad(), half():
        for _ in range(skip):
            meaning, _ = model.read(tokens, meaning)
    with half():
        weights = 0.8 ** np.arange(run)[::-1]
        for weight in weights / weights.sum():
            last = meaning
            meaning, out = model.read(tokens, last)
            logits = model.logits(meaning)
            plain = meaning_loss(logits, labels)
            guess = model.energy(last.detach(), meaning.detach(), tuple(x.detach() for x in logits)).clamp(min=1e-4)
            truth = plain.detach().clamp(max=8.0)
            total = total + float(weight) * (plain.mean() + 0.1 * (truth / guess + guess.log()).mean())
            if before is not None:
                total = total + F.relu(plain - before).mean()
            before = plain.detach()
        total = total + args.denoise * denoise_loss(model, out, places)
        if rng.random() < args.span:
            masked, told = span_mask(tokens, places, rng)
            _, out = model.read(masked, model.blank(len(tokens)))
            total = total + args.denoise * denoise_loss(model, out, told)
    return total, float(plain.mean())


def exact(logits: tuple, labels: torch.Tensor) -> torch.Tensor:
    """Whether intent and, for a known one, both slots are right."""
    right = [one.argmax(dim=1) == labels[:, i] for i, one in enumerate(logits)]
    return right[0] & ((labels[:, 0] == 0) | (right[1] & right[2]))


def validate(model: Refiner, count: int, words: dict, one_shot: bool, half: bool) -> dict:
    """Exact match on val after some steps."""
    model.eval()
    hits = {k: 0 for k in ((1,) if one_shot else (1, 2, 4, 8, 15))}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        for first in range(0, count, 250):
            tokens, _, labels = batch_of("val", range(first, first + 250), words)
            meaning = model.blank(len(tokens))
            for k in range(1, max(hits) + 1):
                meaning, _ = model.read(tokens, meaning)
                if k in hits:
                    hits[k] += int(exact(model.logits(meaning), labels).sum())
    model.train()
    return {f"val_{k}": round(n / count, 4) for k, n in hits.items()}


def rate(step: int, total: int, peak: float) -> float:
    warm = min(200, total // 10 + 1)
    return peak * min(1.0, (step + 1) / warm) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / total)))


def follow(average: Refiner, model: Refiner, step: int) -> None:
    keep = min(0.997, (1 + step) / (20 + step))
    with torch.no_grad():
        for a, b in zip(average.parameters(), model.parameters()):
            a.copy_(a * keep + b * (1 - keep))


def save(path: Path, model, average, optimiser, words, step, args) -> None:
    part = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "step": step,
                "seed": args.seed, "steps": args.steps, "batch": args.batch, "words": words, "layers": args.layers,
                "width": args.width, "one_shot": args.one_shot}, part)
    part.replace(path)


def train(args) -> list[float]:
    """Runs to `args.steps` batches; returns the course of the loss."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint, first = args.out / "checkpoint.pt", 0
    held = torch.load(checkpoint, map_location="cpu") if checkpoint.exists() and not args.fresh else None
    start = torch.load(args.init, map_location="cpu") if args.init is not None and held is None else None
    words = (held or start)["words"] if held or start else vocabulary(args.vocabulary)
    model = Refiner(Size(args.layers, args.width), len(words) + 3)
    average = copy.deepcopy(model)
    decay, rest = [p for p in model.parameters() if p.ndim > 1], [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 1e-2}, {"params": rest, "weight_decay": 0.0}], lr=args.lr)
    if held:
        model.load_state_dict(held["model"])
        average.load_state_dict(held["average"])
        optimiser.load_state_dict(held["optimiser"])
        first = held["step"]
    elif args.init is not None:
        model.load_state_dict(start["average"])
        average = copy.deepcopy(model)
    print(json.dumps({"parameters": sum(p.numel() for p in model.parameters()), "words": len(words), "from": first, "pid": os.getpid()}), flush=True)
    course, began = [], time.perf_counter()
    for step in range(first, args.steps):
        rng = np.random.default_rng([args.seed, step])
        batch = batch_of("train", range((args.skip + step) * args.batch, (args.skip + step + 1) * args.batch), words)
        for group in optimiser.param_groups:
            group["lr"] = rate(step, args.steps, args.lr)
        # what goes on from a trained one unrolls at once
        loss, plain = batch_loss(model, batch, rng, max(step / args.steps, 0.3 if args.init else 0.0), args)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        follow(average, model, step)
        course.append(float(loss))
        done = step + 1
        if done % args.report == 0 or done == args.steps:
            line = {"step": done, "loss": round(float(np.mean(course[-args.report:])), 4), "ce": round(plain, 4),
                    "seconds": round(time.perf_counter() - began, 1)}
            if done % (args.report * 5) == 0 or done == args.steps:
                line |= validate(average, args.val, words, args.one_shot, args.bf16)
                save(checkpoint, model, average, optimiser, words, done, args)
            print(json.dumps(line), flush=True)
    return course


def smoke(args) -> None:
    """Seconds: a small network, a few batches; fails when the loss does not fall, resuming does not continue, or a batch
    leaves weights without gradient."""
    args.out, args.layers, args.width, args.vocabulary = args.out / "smoke-run", 2, 32, 400
    args.batch, args.report, args.val, args.fresh, args.steps, args.lr = 32, 10, 250, True, 50, 3e-3
    course = train(args)
    first, last = float(np.mean(course[:8])), float(np.mean(course[-8:]))
    args.fresh, args.steps = False, 56
    more = train(args)
    if len(more) != 6:
        raise SystemExit(f"resuming ran {len(more)} batches, not 6")
    if not last < 0.9 * first:
        raise SystemExit(f"the loss did not fall: {first:.3f} to {last:.3f}")
    reach(args)
    print(json.dumps({"smoke": "passed", "loss_first": round(first, 3), "loss_last": round(last, 3)}))


def reach(args) -> None:
    """Fails where a batch, with steps without gradient before or with none, reaches not every weight."""
    words = torch.load(args.out / "checkpoint.pt")["words"]
    batch, skips = batch_of("train", range(8), words), set()
    for seed in range(12):
        model = Refiner(Size(args.layers, args.width), len(words) + 3)
        skips.add(unroll(np.random.default_rng(seed), 0.5, False)[0] > 0)
        batch_loss(model, batch, np.random.default_rng(seed), 0.5, args)[0].backward()
        left = [name for name, p in model.named_parameters() if p.grad is None]
        if left:
            raise SystemExit(f"no gradient reaches {left}")
    if skips != {False, True}:
        raise SystemExit("the seeds do not cover both kinds of batches")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("training/runs/language"))
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", type=int, default=50, help="batches between lines; validation every fifth")
    parser.add_argument("--val", type=int, default=1000, help="utterances of val to measure on")
    parser.add_argument("--vocabulary", type=int, default=20000, help="utterances that the denoising words are taken from")
    parser.add_argument("--init", type=Path, help="checkpoint whose averaged weights to start from")
    parser.add_argument("--skip", type=int, default=0, help="batches of utterances that --init has seen")
    parser.add_argument("--denoise", type=float, default=0.3, help="weight of telling the clean words")
    parser.add_argument("--span", type=float, default=0.25, help="share of batches with spans masked besides")
    parser.add_argument("--one-shot", action="store_true", help="the baseline: one step, no meaning fed back")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--fresh", action="store_true", help="ignore an existing checkpoint")
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    if args.smoke:
        smoke(args)
    else:
        train(args)


if __name__ == "__main__":
    main()
