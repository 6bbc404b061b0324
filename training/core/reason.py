"""Trains the H/L network on puzzles: `reason.py --game sudoku4` (or sudoku6, maze9); `--smoke` for a small check.

Every puzzle of a batch carries its own state over the cycles; each cycle is supervised by itself (answer and whether
it is right, which is what the halt probability learns), with gradients through that cycle alone. A puzzle that has
run its cycles, or that halts on a right answer, gives its place to a fresh one. Seeded, resumable, one thread.
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
import puzzles as P
from model import Core, Size, parameters

MAX_CYCLES = 16


def size_of(game: P.Game, width: int, layers: int) -> Size:
    return Size(width, 4, 4 * width, layers, layers, 1 + game.thought_of, game.context, game.classes)


class Places:
    """The batch: puzzles under way, each with its states and the number of cycles it has had."""

    def __init__(self, game: P.Game, data, model: Core, count: int) -> None:
        self.game, self.data, self.moves, self.count = game, data, P.symmetries(game), count
        self.h, self.l = model.initial(count)
        self.context = torch.zeros(count, model.size.tokens, model.size.context)
        self.answer = torch.zeros(count, game.thought_of, dtype=torch.long)
        self.cycles = np.zeros(count, np.int64)
        self.salience, self.present = torch.zeros(count, model.size.tokens, 5), torch.ones(count, model.size.tokens)

    def refill(self, which: np.ndarray, rng) -> None:
        at = np.flatnonzero(which)
        if len(at) == 0:
            return
        pick = rng.integers(len(self.data[0]), size=len(at))
        puzzles, answers = P.transform(self.game, self.data[0][pick], self.data[1][pick], self.moves, rng)
        self.context[at] = torch.from_numpy(P.encode(self.game, puzzles))
        self.answer[at] = torch.from_numpy(P.asked(self.game, puzzles, answers))
        self.h[at], self.l[at], self.cycles[at] = 0.0, 0.0, 0


def cycle_loss(model: Core, places: Places, half: bool):
    """One supervised cycle. Returns the loss, new states, which answers are right, and the halt logits."""
    with common.bf16(half):
        h, l, _, actions, halt, _ = model(places.h, places.l, places.context, places.salience, places.present)
    logits = actions[:, 1:]
    right = (logits.detach().argmax(-1) == places.answer).all(1)
    answer = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), places.answer.reshape(-1))
    return answer + 0.2 * F.binary_cross_entropy_with_logits(halt, right.float()), h, l, right, halt.detach()


@torch.no_grad()
def run(model: Core, game: P.Game, data, cycles: int = MAX_CYCLES, half: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Whether the answer is right [puzzles, cycles], and the halt probability, after each cycle."""
    right, halts = [], []
    for i in range(0, len(data[0]), 256):
        context = torch.from_numpy(P.encode(game, data[0][i:i + 256]))
        answer = torch.from_numpy(P.asked(game, data[0][i:i + 256], data[1][i:i + 256]))
        n = len(context)
        h, l = model.initial(n)
        salience, present = torch.zeros(n, model.size.tokens, 5), torch.ones(n, model.size.tokens)
        seen, sure = [], []
        for _ in range(cycles):
            with common.bf16(half):
                h, l, _, actions, halt, _ = model(h, l, context, salience, present)
            seen.append((actions[:, 1:].argmax(-1) == answer).all(1).numpy())
            sure.append(halt.sigmoid().numpy())
        right.append(np.stack(seen, 1))
        halts.append(np.stack(sure, 1))
    return np.concatenate(right), np.concatenate(halts)


def train(args) -> list[float]:
    """Runs to `args.steps` cycles of the batch; returns the course of the loss."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    game = P.GAMES[args.game]
    data = P.load(game, args.data, args.count)
    model = Core(size_of(game, args.width, args.layers))
    average = copy.deepcopy(model)
    optimiser = common.adamw(model.parameters(), args.lr, 0.1, (0.9, 0.95))
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / f"{args.game}.pt"
    first = common.resume(checkpoint, model, average, optimiser, args.fresh)
    print(json.dumps({"game": args.game, "parameters": parameters(model), **{k: len(v[0]) for k, v in data.items()}}), flush=True)
    places = Places(game, data["train"], model, args.batch)
    places.refill(np.ones(args.batch, bool), np.random.default_rng([args.seed, first, 1]))
    places.cycles[:] = np.arange(args.batch) % MAX_CYCLES  # places end at different times from the start
    course, rights = [], []
    for step in range(first, args.steps):
        rng = np.random.default_rng([args.seed, step])
        loss, h, l, right, halt = cycle_loss(model, places, args.bf16)
        common.update(model, optimiser, loss, common.plateau(step, args.steps, args.lr), 1.0)
        common.follow(average, model, step, 0.998)
        places.h, places.l = h.detach(), l.detach()
        places.cycles += 1
        over = places.cycles >= MAX_CYCLES
        rights.append(float(right[torch.from_numpy(over)].float().mean()) if over.any() else float("nan"))
        settled = (right & (halt > 0)).numpy() & (rng.random(args.batch) < 0.5)
        places.refill(over | settled, rng)
        course.append(float(loss))
        done = step + 1
        common.report(
            args, done,
            lambda: {"loss": round(float(np.mean(course[-args.report:])), 4),
                     "right_at_end": round(float(np.nanmean(rights[-args.report:] + [0.0])), 3), "cpu_s": round(time.process_time(), 1)},
            lambda: validate(average, game, data["val"], args.bf16),
            lambda: common.save(checkpoint, model, average, optimiser, done, seed=args.seed, batch=args.batch,
                                size=model.size.as_dict(), game=args.game, count=args.count))
    return course


def validate(average: Core, game: P.Game, val, half: bool) -> dict:
    """Share of right answers by cycles, and how many puzzles halt, on the first of the validation puzzles."""
    right, halt = run(average, game, tuple(v[:256] for v in val), half=half)
    return {"val": {str(k): round(float(right[:, k - 1].mean()), 3) for k in (1, 2, 4, 8, 16)}, "halted": round(float((halt > 0.99).any(1).mean()), 3)}


def smoke(args) -> None:
    """A minute: the loss must fall, a run that is resumed must go on where it stopped, and every weight must be reached."""
    args.out = args.out / "smoke"
    args.width, args.layers, args.batch, args.report = 64, 1, 32, 20
    passed = common.learns(args, lambda: train(args), steps=100, more=20, share=0.9, window=10)
    game = P.GAMES[args.game]
    model = Core(size_of(game, args.width, args.layers))
    places = Places(game, P.load(game, args.data, args.count)["train"], model, 4)
    places.refill(np.ones(4, bool), np.random.default_rng(1))
    common.reach(model, cycle_loss(model, places, args.bf16)[0], ("resource.",))  # puzzles have no ATP to share out
    print(json.dumps(passed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--game", choices=sorted(P.GAMES), default="sudoku4")
    parser.add_argument("--data", type=Path, default=Path("training/data/core"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/core"))
    parser.add_argument("--count", type=int, default=20000, help="puzzles in all splits; sudoku4 has 2,236")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2, help="of H, and as many of L")
    parser.add_argument("--steps", type=int, default=6000, help="cycles of the batch, each with its own update")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--report", type=int, default=50, help="steps between lines; validation every fifth")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--fresh", action="store_true", help="ignore an existing checkpoint")
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if args.smoke:
        smoke(args)
    else:
        train(args)


if __name__ == "__main__":
    main()
