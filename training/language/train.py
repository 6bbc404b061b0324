"""Trains the language refiner, or with `--one-shot` the classifier of the same size that it is measured against.

Seeded and resumable: batch k depends on (seed, k) alone, and the checkpoint holds weights, their running average,
the optimiser and k. `--smoke` trains a small one for a few batches and checks that the loss falls, that every weight
learns from every kind of batch, that resuming goes on, and that growing keeps what was learned.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all trainings share
import common
from batches import Batch, Stream, held_out, spelled, vocabulary
from model import ROLES, SLOTS, Refiner, Size, meaning_loss, meaning_of

LATE = 3  # after this many steps the meaning is not to move far
STEADY = 0.65  # share of the batches before the rate begins to fall


def unroll(rng, args) -> tuple[int, int]:
    """How many steps run without gradient first, and how many with."""
    if args.one_shot:
        return 0, 1
    if rng.random() >= args.far:
        return 0, 2 + int(rng.random() < args.third)
    return min(int(rng.geometric(args.end)), args.deep), 1


def denoise_loss(model: Refiner, beliefs: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Which word was meant at each place, and its role."""
    told = batch.clean > 0
    out = model.denoise(beliefs[told]).float()
    return F.cross_entropy(out[:, ROLES:], batch.clean[told]) + F.cross_entropy(out[:, :ROLES], batch.roles[told])


def step_loss(model: Refiner, before: torch.Tensor, state: torch.Tensor, batch: Batch, args) -> tuple:
    """Loss of one step; the cross-entropy of the meaning alone."""
    count = len(batch.labels)
    last, meaning = meaning_of(before)[:count], meaning_of(state)[:count]
    logits = model.logits(meaning)
    plain = meaning_loss(logits, batch.labels)
    guess = model.energy(last.detach(), meaning.detach(), tuple(x.detach() for x in logits)).clamp(min=1e-4)
    truth = plain.detach().clamp(max=8.0)
    total = plain.mean() + 0.1 * (truth / guess + guess.log()).mean()
    return total + args.denoise * denoise_loss(model, state[:, :-SLOTS], batch), plain.mean()


def batch_loss(model: Refiner, batch: Batch, rng, args) -> tuple:
    """Deep supervision: of the steps with gradient the k-th counts k times, so that the first ones serve the last. What
    has been read for long is not to move far."""
    skip, run = unroll(rng, args)
    state = model.blank(*batch.places.shape)
    if skip:
        with torch.no_grad(), common.bf16(args.bf16):
            heard = model.hear(batch.words, batch.places)
            for _ in range(skip):
                state = model.read(heard, state)
    with common.bf16(args.bf16):
        heard = model.hear(batch.words, batch.places)
        total, moved = 0.0, 0.0
        for k in range(1, run + 1):
            before, state = state, model.read(heard, state)
            loss, plain = step_loss(model, before, state, batch, args)
            total = total + loss * (2 * k / (run * (run + 1)))
        if skip >= LATE:
            was, now = meaning_of(before).flatten(1), meaning_of(state).flatten(1)
            moved = F.relu((now - was).norm(dim=1) / now.detach().norm(dim=1) - args.free).mean()
    return total + args.still * moved, float(plain)


def exact(logits: tuple, labels: torch.Tensor) -> torch.Tensor:
    """Whether intent and, for a known one, both slots are right."""
    right = [one.argmax(dim=1) == labels[:, i] for i, one in enumerate(logits)]
    return right[0] & ((labels[:, 0] == 0) | (right[1] & right[2]))


def validate(model: Refiner, batches: list, one_shot: bool, half: bool) -> dict:
    """Exact match and cross-entropy on val after some steps, and how far the last one moved the meaning."""
    hits = {k: [0.0, 0.0] for k in ((1,) if one_shot else (1, 2, 3, 4, 6, 8))}
    count, moved = 0, 0.0
    with torch.no_grad(), common.bf16(half):
        for batch in batches:
            count += len(batch.labels)
            heard = model.hear(batch.words, batch.places)
            state = model.blank(*batch.places.shape)
            for k in range(1, max(hits) + 1):
                before, state = state, model.read(heard, state)
                if k in hits:
                    logits = model.logits(meaning_of(state))
                    hits[k][0] += float(exact(logits, batch.labels).sum())
                    hits[k][1] += float(meaning_loss(logits, batch.labels).sum())
            moved += float(((meaning_of(state - before)).flatten(1).norm(dim=1) / meaning_of(state).flatten(1).norm(dim=1)).sum())
    out = {f"val_{k}": [round(a / count, 4), round(b / count, 4)] for k, (a, b) in hits.items()}
    return out | ({} if one_shot else {"moved": round(moved / count, 4)})


def rate(step: int, total: int, peak: float) -> float:
    """Up over 100 batches, steady, and down to nothing in a line."""
    fall = (total - step) / (total * (1 - STEADY))
    return peak * min(1.0, (step + 1) / 100, max(0.01, fall))


def save(path: Path, model, average, optimiser, words, step, spent, args) -> None:
    common.save(path, model, average, optimiser, step, cpu_s=spent, seed=args.seed, steps=args.steps, batch=args.batch, words=words,
                layers=args.layers, width=args.width, one_shot=args.one_shot)


def grown(held: dict, model: Refiner, words: dict) -> dict:
    """The weights of `model` from those of one with fewer layers: its layers stand evenly among new ones, which at first
    do nothing, so that what was learned is not lost."""
    old, new = held["average"], model.state_dict()
    few, many = held["layers"], model.size.layers
    at = {i * many // few: i for i in range(few)}
    for key in new:
        if key.startswith("layers."):
            i, rest = int(key.split(".")[1]), key.split(".", 2)[2]
            if i in at:
                new[key] = old[f"layers.{at[i]}.{rest}"]
            elif rest.split(".")[0] in ("out", "down"):
                new[key] = torch.zeros_like(new[key])
        elif key in old and not key.startswith(("denoise", "spelled")):
            new[key] = old[key]
    extra = len(old["denoise.bias"]) - len(held["words"]) - 3  # roles, where it tells them
    rows = [(i, i) for i in range(3)] + [(n, held["words"][w]) for w, n in words.items() if w in held["words"]]
    for key in ("denoise.weight", "denoise.bias"):
        for n, o in rows:
            new[key][ROLES + n] = old[key][extra + o]
    return new


def network(args, words: dict) -> Refiner:
    """A new one, that reads corrected words again where there is a next step to read them."""
    model = Refiner(Size(args.layers, args.width), len(words) + 3, not args.one_shot)
    if not args.one_shot:
        model.spelled.copy_(spelled(words))
    return model


def ordered(names: dict) -> list:
    """Names of parameters as the optimiser numbers them: what decays comes first."""
    return [n for n, p in names.items() if p.ndim > 1] + [n for n, p in names.items() if p.ndim <= 1]


def adopt(held: dict, model: Refiner, average: Refiner, optimiser) -> None:
    """Takes what a checkpoint holds. A refiner may go on from a classifier, whose checkpoint lacks what only a next step
    reads: that stays as it is new. Numbers of the optimiser move with the weights that they belong to."""
    own = dict(model.named_parameters())
    for one, key in ((model, "model"), (average, "average")):
        left = one.load_state_dict(held[key], strict=False)
        if left.unexpected_keys or any(not k.startswith(("again.", "spelled")) for k in left.missing_keys):
            raise SystemExit(f"another network: the checkpoint lacks {left.missing_keys} and has {left.unexpected_keys}")
    had = ordered({n: p for n, p in own.items() if n in held["model"]})
    state, now = held["optimiser"]["state"], optimiser.state_dict()
    now["state"] = {i: state[had.index(n)] for i, n in enumerate(ordered(own)) if n in had}
    optimiser.load_state_dict(now)


def train(args) -> list[float]:
    """Runs to `args.steps` batches; returns the course of the loss."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"
    source = checkpoint if checkpoint.exists() and not args.fresh else args.init
    held = torch.load(source, map_location="cpu") if source is not None else None
    words = held["words"] if held else vocabulary(args.vocabulary)
    model = network(args, words)
    if held is None and args.grow is not None:
        model.load_state_dict(grown(torch.load(args.grow, map_location="cpu"), model, words))
    average = copy.deepcopy(model).eval()
    optimiser = common.adamw(model.parameters(), args.lr, args.decay, betas=(0.9, 0.98))
    # The energy learns beside the rest, from numbers of its own; a large gradient there is not to make the others small.
    judge = [*model.loss_hidden.parameters(), *model.loss_out.parameters()]
    parts = [[p for p in model.parameters() if all(p is not q for q in judge)], judge]
    first, spent = 0, 0.0
    if held:
        adopt(held, model, average, optimiser)
        first, spent = held["step"], held["cpu_s"]
    print(json.dumps({"parameters": sum(p.numel() for p in model.parameters()), "words": len(words), "from": first, "pid": os.getpid()}), flush=True)
    stream, val = Stream(args.batch, args.seed, words, args.gaps), held_out("val", args.val, words)
    course, began = [], time.process_time() - spent
    for step in range(first, args.steps):
        if step in args.keep:
            save(args.out / f"batch-{step}.pt", model, average, optimiser, words, step, time.process_time() - began, args)
        for group in optimiser.param_groups:
            group["lr"] = rate(step, args.steps, args.lr)
        torch.manual_seed(args.seed * 1_000_003 + step)  # what is left out in this batch, also after resuming
        loss, plain = batch_loss(model, stream.batch(step), np.random.default_rng([args.seed, 3, step]), args)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for part in parts:
            torch.nn.utils.clip_grad_norm_(part, 1.0)
        optimiser.step()
        common.follow(average, model, step, args.average)
        course.append(float(loss))
        common.report(args, step + 1,
                      line=lambda: {"loss": round(float(np.mean(course[-args.report:])), 4), "ce": round(plain, 4),
                                    "cpu_s": round(time.process_time() - began, 1)},
                      validate=lambda: validate(average, val, args.one_shot, args.bf16),
                      keep=lambda: save(checkpoint, model, average, optimiser, words, step + 1, time.process_time() - began, args))
    return course


def smoke(args) -> None:
    """Seconds: a small network, a few batches; fails when the loss does not fall, resuming does not continue, or a kind
    of batch leaves weights without gradient."""
    args.out, args.layers, args.width, args.vocabulary = args.out / "smoke-run", 1, 32, 400
    args.batch, args.gaps, args.report, args.val, args.lr = 32, 4, 10, 250, 5e-3
    passed = common.learns(args, lambda: train(args), steps=50, more=6, share=0.9, window=8)
    held = torch.load(args.out / "checkpoint.pt")
    words = held["words"]
    check_grown(held, words, args)
    for seed in range(8):
        model = network(args, words)
        common.reach(model, batch_loss(model, Stream(8, 0, words, 2).batch(0), np.random.default_rng(seed), args)[0])
    print(json.dumps(passed))


def check_grown(held: dict, words: dict, args) -> None:
    """A network that has grown says at first what the one said that it has grown from."""
    batch, told = Stream(8, 0, words, 0).batch(0), []
    for layers in (args.layers, args.layers + 2):
        model = network(argparse.Namespace(**vars(args) | {"layers": layers}), words).eval()
        model.load_state_dict(held["average"] if layers == args.layers else grown(held, model, words))
        with torch.no_grad():
            told.append(model.read(model.hear(batch.words, batch.places), model.blank(*batch.places.shape)))
    if not torch.allclose(*told, atol=1e-5):
        raise SystemExit("a network that has grown says something else at once")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("training/runs/language"))
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--gaps", type=int, default=8, help="utterances of a batch that come again with words hidden")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.05, help="weight decay")
    parser.add_argument("--average", type=float, default=0.995, help="share of the running average that stays with each batch")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--report", type=int, default=50, help="batches between lines; validation every fifth")
    parser.add_argument("--val", type=int, default=1500, help="utterances of val to measure on")
    parser.add_argument("--vocabulary", type=int, default=20000, help="utterances that the denoising words are taken from")
    parser.add_argument("--keep", type=int, nargs="*", default=[], help="batches before which a checkpoint is kept, to go on from otherwise")
    parser.add_argument("--init", type=Path, help="checkpoint to go on from in --out, of whichever kind")
    parser.add_argument("--grow", type=Path, help="checkpoint of a network of the same width and fewer layers, to begin with its weights")
    parser.add_argument("--denoise", type=float, default=0.3, help="weight of telling the clean words")
    parser.add_argument("--still", type=float, default=1.0, help="weight of moving too far after LATE steps")
    parser.add_argument("--far", type=float, default=0.5, help="share of batches that begin after some steps without gradient")
    parser.add_argument("--third", type=float, default=0.4, help="share of the others in which three steps learn, not two")
    parser.add_argument("--deep", type=int, default=6, help="those are this many at most")
    parser.add_argument("--end", type=float, default=0.45, help="chance that each of those is the last")
    parser.add_argument("--free", type=float, default=0.02, help="how far a late step may move the meaning, relative")
    parser.add_argument("--one-shot", action="store_true", help="the baseline: one step, nothing fed back")
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
