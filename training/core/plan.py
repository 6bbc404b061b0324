"""Trains the planning core on recorded episodes: `plan.py --data training/data/core --out training/runs/core`.

The episodes come from `sage bench core --record` (what the planner would have seen, and what a teacher that knows the
future of each refinement says). The core sees the decisions of an episode one after the other and carries its states
on; every reasoning cycle is supervised. The halt probability learns whether more cycles would change the decision.
Seeded, resumable, one thread. `--smoke` checks in a minute, on made-up decisions, that it learns and resumes.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all trainings share
import common
from model import Core, Size, edge, full, parameters

TOKENS, CONTEXT = 16, 55
CYCLES = 2  # per decision in training; at run time as many as it takes to halt


class Episodes:
    """Decisions [episodes, decisions, tokens, …] as float16; absent tokens are zeros."""

    def __init__(self, context, salience, present, chosen, shares) -> None:
        self.context, self.salience, self.present, self.chosen, self.shares = context, salience, present, chosen, shares

    def __len__(self) -> int:
        return len(self.context)

    @property
    def length(self) -> int:
        return self.context.shape[1]


def read(paths: list[Path]) -> Episodes:
    """Reads recorded episodes; a packed copy beside the first file makes the next start quick."""
    cache = paths[0].with_name("+".join(sorted(p.stem for p in paths)) + ".npz")
    if not cache.exists() or cache.stat().st_mtime < max(p.stat().st_mtime for p in paths):
        np.savez(cache, **pack([line for p in paths for line in p.read_text().splitlines()]))
    with np.load(cache) as file:
        return Episodes(*(file[k] for k in ("context", "salience", "present", "chosen", "shares")))


def pack(lines: list[str]) -> dict[str, np.ndarray]:
    count, length = len(lines), len(json.loads(lines[0])["decisions"])
    out = {"context": np.zeros((count, length, TOKENS, CONTEXT), np.float16), "salience": np.zeros((count, length, TOKENS, 5), np.float16),
           "present": np.zeros((count, length, TOKENS), np.float16), "chosen": np.zeros((count, length, TOKENS), np.float16),
           "shares": np.zeros((count, length, 5), np.float16)}
    for e, line in enumerate(lines):
        for t, d in enumerate(json.loads(line)["decisions"]):
            at = d["tokens"]
            out["context"][e, t, at], out["salience"][e, t, at] = d["context"], d["salience"]
            out["present"][e, t, at], out["chosen"][e, t, at] = 1, d["chosen"]
            out["shares"][e, t] = d["shares"]
    return out


class Places:
    """The batch: episodes under way, each with its own order of tokens and its states."""

    def __init__(self, episodes: Episodes, model: Core, count: int, rng) -> None:
        self.episodes, self.count = episodes, count
        self.h, self.l = model.initial(count)
        self.which = rng.integers(len(episodes), size=count)
        self.at = rng.integers(episodes.length, size=count)  # they end at different times from the start
        self.order = np.stack([self.shuffled(rng) for _ in range(count)])

    @staticmethod
    def shuffled(rng) -> np.ndarray:
        return np.concatenate([[0], 1 + rng.permutation(TOKENS - 1)])

    def decision(self) -> tuple[torch.Tensor, ...]:
        e, rows = self.episodes, (self.which, self.at)
        each = np.arange(self.count)[:, None]
        tokens = [v[rows][each, self.order] for v in (e.context, e.salience, e.present, e.chosen)]
        return tuple(torch.from_numpy(v.astype(np.float32)) for v in (*tokens, e.shares[rows]))

    def next(self, rng) -> None:
        self.at += 1
        for i in np.flatnonzero(self.at >= self.episodes.length):
            self.which[i], self.at[i], self.order[i] = rng.integers(len(self.episodes)), 0, self.shuffled(rng)
            self.h[i], self.l[i] = 0.0, 0.0


def offered(present: torch.Tensor) -> torch.Tensor:
    mask = present.clone()
    mask[:, 0] = 0
    return mask


def decision_loss(model: Core, places: Places, rng, args):
    """All cycles of one decision; carries the states of a random one of them on, as halting will."""
    context, salience, present, chosen, shares = places.decision()
    mask = offered(present)
    h, l = places.h, places.l
    states, seen, halts, total = [], [], [], 0.0
    weight = torch.where(chosen > 0, args.positive, 1.0) * mask
    for _ in range(CYCLES):
        with common.bf16(args.bf16):
            h, l, _, actions, halt, resources = model(h, l, context, salience, present)
        logits = actions[..., 0]
        loss = (F.binary_cross_entropy_with_logits(logits, chosen, reduction="none") * weight).sum() / mask.sum()
        share = -(shares * resources.log_softmax(-1)).sum(-1)
        total = total + loss + 0.1 * share.sum() / shares.sum().clamp(min=1.0)
        seen.append(((logits.detach() > 0).float() * mask))
        halts.append(halt)
        states.append((h.detach(), l.detach()))
    for wanted, halt in zip(seen, halts):
        settled = (wanted == seen[-1]).all(1).float()
        total = total + 0.1 * F.binary_cross_entropy_with_logits(halt, settled)
    h, l = states[int(rng.integers(CYCLES))]
    places.h, places.l = h.clone(), l.clone()
    return total / CYCLES, score(seen[-1], chosen, mask)


def score(wanted, chosen, mask) -> np.ndarray:
    """True positives, false positives, false negatives."""
    return np.array([float((wanted * chosen * mask).sum()), float((wanted * (1 - chosen) * mask).sum()),
                     float(((1 - wanted) * chosen * mask).sum())])


def f1(counts: np.ndarray) -> float:
    hit, extra, missed = counts
    return float(2 * hit / max(1.0, 2 * hit + extra + missed))


@torch.no_grad()
def validate(model: Core, episodes: Episodes, args, limit: int = 120) -> dict:
    """F1 of the decisions after one and after two cycles over whole episodes, and how many halt after the first."""
    n = min(limit, len(episodes))
    h, l = model.initial(n)
    counts, halted, total = [np.zeros(3), np.zeros(3)], 0.0, 0
    for t in range(episodes.length):
        context, salience, present, chosen = (torch.from_numpy(v[:n, t].astype(np.float32)) for v in
                                              (episodes.context, episodes.salience, episodes.present, episodes.chosen))
        mask = offered(present)
        for k in range(2):
            with common.bf16(args.bf16):
                h, l, _, actions, halt, _ = model(h, l, context, salience, present)
            counts[k] += score((actions[..., 0] > 0).float() * mask, chosen, mask)
            if k == 0:
                halted += float((halt.sigmoid() > 0.99).float().sum())
        total += n
    return {"f1_1": round(f1(counts[0]), 4), "f1_2": round(f1(counts[1]), 4), "halted_1": round(halted / total, 3)}


def train(args, episodes: Episodes, val: Episodes) -> list[float]:
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    model = Core((full if args.size == "full" else edge)(TOKENS, CONTEXT, 1))
    average = copy.deepcopy(model)
    optimiser = common.adamw(model.parameters(), args.lr, 0.1, (0.9, 0.95))
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "plan.pt"
    if args.init is not None:
        held = torch.load(args.init, map_location="cpu")["average"]
        model.load_state_dict(held)
        average.load_state_dict(held)
    first = common.resume(checkpoint, model, average, optimiser, args.fresh)
    print(json.dumps({"parameters": parameters(model), "episodes": len(episodes), "validation": len(val)}), flush=True)
    places = Places(episodes, model, args.batch, np.random.default_rng([args.seed, first, 1]))
    course, counts = [], []
    for step in range(first, args.steps):
        rng = np.random.default_rng([args.seed, step])
        loss, seen = decision_loss(model, places, rng, args)
        common.update(model, optimiser, loss, common.plateau(step, args.steps, args.lr), 1.0)
        common.follow(average, model, step, 0.998)
        places.next(rng)
        course.append(float(loss))
        counts.append(seen)
        done = step + 1
        common.report(
            args, done,
            lambda: {"loss": round(float(np.mean(course[-args.report:])), 4), "f1": round(f1(sum(counts[-args.report:])), 4),
                     "cpu_s": round(time.process_time(), 1)},
            lambda: validate(average, val, args),
            lambda: common.save(checkpoint, model, average, optimiser, done, seed=args.seed, batch=args.batch, size=model.size.as_dict()))
    return course


def made_up(count: int, rng) -> Episodes:
    """Decisions whose answer is plain: what is needed and not done yet runs."""
    shape = (count, 6, TOKENS)
    context, salience = rng.random((*shape, CONTEXT)).astype(np.float16), rng.random((*shape, 5)).astype(np.float16)
    chosen = (context[..., 6] > 0.6).astype(np.float16)
    chosen[..., 0] = 0
    return Episodes(context, salience, np.ones(shape, np.float16), chosen, np.full((count, 6, 5), 0.2, np.float16))


def smoke(args) -> None:
    """Seconds: it must learn, resume where it stopped, and reach every weight."""
    args.out, args.batch, args.report = args.out / "smoke", 8, 10
    episodes = made_up(40, np.random.default_rng(1))
    passed = common.learns(args, lambda: train(args, episodes, episodes), steps=60, more=10, share=0.8, window=8)
    model, rng = Core(edge(TOKENS, CONTEXT, 1)), np.random.default_rng(2)
    common.reach(model, decision_loss(model, Places(episodes, model, 4, rng), rng, args)[0])
    import cuts  # which begins with this file
    cut = cuts.table(model, episodes, args)
    assert len({json.dumps(figures) for figures in cut.values()}) > 1, "no path of the network matters to what it decides"
    print(json.dumps(passed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/data/core"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/core"))
    parser.add_argument("--size", choices=["edge", "full"], default="edge")
    parser.add_argument("--steps", type=int, default=4000, help="decisions of the batch, each with its own update")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--positive", type=float, default=1.5, help="weight of what the teacher runs against what it does not")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--report", type=int, default=50, help="steps between lines; validation every fifth")
    parser.add_argument("--init", type=Path, help="checkpoint whose averaged weights to start from")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--fresh", action="store_true", help="ignore an existing checkpoint")
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    if args.smoke:
        return smoke(args)
    paths = sorted(args.data.glob("train-*.jsonl"))
    if not paths:
        raise SystemExit(f"no train-*.jsonl in {args.data}: record episodes first, see docs/models/core.md")
    train(args, read(paths), read(sorted(args.data.glob("validation-*.jsonl"))))


if __name__ == "__main__":
    main()
