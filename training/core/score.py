"""Exact-solution accuracy of a trained reasoner against reasoning cycles, and what learned halting saves.

`score.py --game sudoku4` reads the checkpoint of reason.py and scores the held-out test split (each test puzzle also
in a random symmetric form, so that nothing rests on how the generator lays puzzles out). An answer counts when every
cell is right. Halting at inference: a puzzle stops after the first cycle whose halt probability is above 0.99.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch

import puzzles as P
from model import Core, Size, parameters
from reason import MAX_CYCLES, run

HALT = 0.99


def wilson(hits: int, n: int) -> list[float]:
    """95 % interval of a share."""
    z, p = 1.96, hits / n
    middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round((middle - spread) / (1 + z * z / n), 4), round((middle + spread) / (1 + z * z / n), 4)]


def share(right: np.ndarray) -> dict:
    return {"exact": round(float(right.mean()), 4), "interval": wilson(int(right.sum()), len(right))}


def bootstrap(values: np.ndarray, draws: int = 1000) -> list[float]:
    rng = np.random.default_rng(5)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(draws)]
    return [round(float(np.quantile(means, q)), 4) for q in (0.025, 0.975)]


def halting(right: np.ndarray, halts: np.ndarray, level: float = HALT) -> dict:
    """Stops each puzzle at its first sure cycle; one that is never sure runs all of them."""
    sure = halts > level
    used = np.where(sure.any(1), sure.argmax(1) + 1, right.shape[1])
    final = right[np.arange(len(right)), used - 1]
    by_count = right.mean(0)
    as_good = np.flatnonzero(by_count >= final.mean() - 1e-9)
    return {
        **share(final), "cycles_mean": round(float(used.mean()), 3), "cycles_interval": bootstrap(used.astype(float)),
        "cycles_p95": int(np.quantile(used, 0.95)), "halted": round(float(sure.any(1).mean()), 4),
        "right_when_halted": round(float(final[sure.any(1)].mean()), 4) if sure.any() else None,
        "loss_against_all": round(float(by_count[-1] - final.mean()), 4),
        "loss_interval": bootstrap(right[:, -1].astype(float) - final),
        "saved": round(1 - float(used.mean()) / right.shape[1], 4),
        "fixed_count_as_good": int(as_good[0]) + 1 if len(as_good) else None,
        "saved_against_that": round(1 - float(used.mean()) / (int(as_good[0]) + 1), 4) if len(as_good) else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--game", choices=sorted(P.GAMES), default="sudoku4")
    parser.add_argument("--data", type=Path, default=Path("training/data/core"))
    parser.add_argument("--runs", type=Path, default=Path("training/runs/core"))
    parser.add_argument("--limit", type=int, default=2000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    held = torch.load(args.runs / f"{args.game}.pt", map_location="cpu")
    model = Core(Size(**held["size"]))
    model.load_state_dict(held["average"])
    game = P.GAMES[args.game]
    puzzles, answers = (v[: args.limit] for v in P.load(game, args.data, held["count"])["test"])
    shown = P.transform(game, puzzles, answers, P.symmetries(game), np.random.default_rng(7))
    right, halts = run(model.eval(), game, shown, MAX_CYCLES, half=True)
    print(json.dumps({
        "game": args.game, "parameters": parameters(model), "size": held["size"], "trained_cycles": held["step"], "batch": held["batch"],
        "test_puzzles": len(right), "by_cycles": {k: share(right[:, k - 1]) for k in (1, 2, 3, 4, 6, 8, 12, 16)},
        "halting": halting(right, halts), "halting_95": halting(right, halts, 0.95),
    }))


if __name__ == "__main__":
    main()
