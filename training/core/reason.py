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
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

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
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        h, l, _, actions, halt, _ = model(places.h, places.l, places.context, places.salience, places.present)
    logits = actions[:, 1:]
    right = (logits.detach().argmax(-1) == places.answer).all(1)
    answer = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), places.answer.reshape(-1))
    return answer + 0.2 * F.binary_cross_entropy_with_logits(halt, right.float()), h, l, right, halt.detach()


def rate(step: int, total: int, peak: float) -> float:
    """Warm-up over 200 steps, constant, and linear to a fiftieth over the last quarter."""
    return peak * min(1.0, (step + 1) / 200) * min(1.0, max(0.02, (total - step) / (0.25 * total)))


def follow(average: Core, model: Core, step: int) -> None:
    keep = min(0.998, (1 + step) / (20 + step))
    with torch.no_grad():
        for a, b in zip(average.parameters(), model.parameters()):
            a.mul_(keep).add_(b, alpha=1 - keep)


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
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                h, l, _, actions, halt, _ = model(h, l, context, salience, present)
            seen.append((actions[:, 1:].argmax(-1) == answer).all(1).numpy())
            sure.append(halt.sigmoid().numpy())
        right.append(np.stack(seen, 1))
        halts.append(np.stack(sure, 1))
    return np.concatenate(right), np.concatenate(halts)


def save(path: Path, model, average, optimiser, step, args) -> None:
    part = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "step": step,
                "seed": args.seed, "batch": args.batch, "size": model.size.as_dict(), "game": args.game, "count": args.count}, part)
    part.replace(path)


def train(args) -> list[float]:
    """Runs to `args.steps` cycles of the batch; returns the course of the loss."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    game = P.GAMES[args.game]
    data = P.load(game, args.data, args.count)
    model = Core(size_of(game, args.width, args.layers))
    average = copy.deepcopy(model)
    decay = [p for p in model.parameters() if p.ndim > 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1},
                                   {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0}],
                                  lr=args.lr, betas=(0.9, 0.95))
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint, first = args.out / f"{args.game}.pt", 0
    if checkpoint.exists() and not args.fresh:
        held = torch.load(checkpoint, map_location="cpu")
        model.load_state_dict(held["model"])
        average.load_state_dict(held["average"])
        optimiser.load_state_dict(held["optimiser"])
        first = held["step"]
    print(json.dumps({"game": args.game, "parameters": parameters(model), **{k: len(v[0]) for k, v in data.items()}}), flush=True)
    places = Places(game, data["train"], model, args.batch)
    places.refill(np.ones(args.batch, bool), np.random.default_rng([args.seed, first, 1]))
    places.cycles[:] = np.arange(args.batch) % MAX_CYCLES  # places end at different times from the start
    course, rights = [], []
    for step in range(first, args.steps):
        rng = np.random.default_rng([args.seed, step])
        for group in optimiser.param_groups:
            group["lr"] = rate(step, args.steps, args.lr)
        loss, h, l, right, halt = cycle_loss(model, places, args.bf16)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        follow(average, model, step)
        places.h, places.l = h.detach(), l.detach()
        places.cycles += 1
        over = places.cycles >= MAX_CYCLES
        rights.append(float(right[torch.from_numpy(over)].float().mean()) if over.any() else float("nan"))
        settled = (right & (halt > 0)).numpy() & (rng.random(args.batch) < 0.5)
        places.refill(over | settled, rng)
        course.append(float(loss))
        report(args, step + 1, course, rights, model, average, optimiser, checkpoint, game, data)
    return course


def report(args, done, course, rights, model, average, optimiser, checkpoint, game, data) -> None:
    if done % args.report and done != args.steps:
        return
    line = {"step": done, "loss": round(float(np.mean(course[-args.report:])), 4),
            "right_at_end": round(float(np.nanmean(rights[-args.report:] + [0.0])), 3), "cpu_s": round(time.process_time(), 1)}
    if done % (args.report * 5) == 0 or done == args.steps:
        right, halt = run(average, game, tuple(v[:256] for v in data["val"]), half=args.bf16)
        line["val"] = {str(k): round(float(right[:, k - 1].mean()), 3) for k in (1, 2, 4, 8, 16)}
        line["halted"] = round(float((halt > 0.99).any(1).mean()), 3)
        save(checkpoint, model, average, optimiser, done, args)
    print(json.dumps(line), flush=True)


def smoke(args) -> None:
    """A minute: the loss must fall, and a run that is resumed must go on where it stopped."""
    args.out = args.out / "smoke"
    args.width, args.layers, args.batch, args.report, args.steps, args.fresh = 64, 1, 32, 20, 100, True
    course = train(args)
    args.steps, args.fresh = 120, False
    if len(train(args)) != 20:
        raise SystemExit("resuming did not go on where it stopped")
    first, last = float(np.mean(course[:10])), float(np.mean(course[-10:]))
    if not last < 0.9 * first:
        raise SystemExit(f"the loss did not fall: {first:.3f} to {last:.3f}")
    print(json.dumps({"smoke": "passed", "loss_first": round(first, 3), "loss_last": round(last, 3)}))


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
