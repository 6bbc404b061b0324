"""Scores a language refiner on the held-out splits against the one-shot classifier of its size.

`evaluate.py --checkpoint training/runs/language/checkpoint.pt --baseline training/runs/language-one-shot/checkpoint.pt`
prints one JSON object. Every figure has a 95 % bootstrap interval over utterances; comparisons are paired.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from model import Refiner, Size, meaning_loss
from train import batch_of, exact

STEPS = 15  # all steps
LONG = 20  # what the meaning is compared with, to say when it stands still
NEAR = 0.05  # the meaning stands still from the step on from which it stays within this of its end, relative
SETTLED = 0.05  # early stop: a step that moved the meaning by less than this, relative
DRAWS = 1000


def load(path: Path) -> tuple[Refiner, dict]:
    held = torch.load(path, map_location="cpu")
    model = Refiner(Size(held["layers"], held["width"]), len(held["words"]) + 3)
    model.load_state_dict(held["average"])
    return model.eval(), held


def data(split: str, count: int, words: dict, clean: bool = False) -> list:
    """Batches of 250; `clean`: without noise."""
    level = 0.0 if clean else None
    return [batch_of(split, range(i, min(i + 250, count)), words, level) for i in range(0, count, 250)]


def confidence(logits: tuple) -> torch.Tensor:
    """Probability of the whole meaning, as src/plugins/language/meaning.ts has it."""
    intent, colour, kind = (x.softmax(dim=1) for x in logits)
    share, verb = intent.max(dim=1)
    slots = colour.max(dim=1)[0] * kind.max(dim=1)[0]
    return share * torch.where((verb == 1) | (verb == 3) | (verb == 4), slots, torch.ones_like(slots))


def course(model: Refiner, batches: list, steps: int) -> dict:
    """Per utterance (axis 1) and step (axis 0): right, verb, confidence, energy, loss, moved; and where it stands still."""
    rows = {k: [] for k in ("right", "verb", "confidence", "energy", "loss", "moved", "away")}
    labels = []
    with torch.no_grad():
        for tokens, _, truth in batches:
            meaning, latents, part = model.blank(len(tokens)), [], {k: [] for k in rows}
            for _ in range(steps):
                before = meaning
                meaning, _ = model.read(tokens, before)
                logits = model.logits(meaning)
                part["right"].append(exact(logits, truth))
                part["verb"].append(logits[0].argmax(dim=1))
                part["confidence"].append(confidence(logits))
                part["energy"].append(model.energy(before, meaning, logits))
                part["loss"].append(meaning_loss(logits, truth))
                part["moved"].append((meaning - before).flatten(1).norm(dim=1) / meaning.flatten(1).norm(dim=1))
                latents.append(meaning.flatten(1))
            part["away"] = [(z - latents[-1]).norm(dim=1) / latents[-1].norm(dim=1) for z in latents]
            labels.append(truth)
            for key, values in part.items():
                rows[key].append(torch.stack(values))
    return {k: torch.cat(v, dim=1).numpy() for k, v in rows.items()} | {"labels": torch.cat(labels).numpy()}


def first(flags: np.ndarray) -> np.ndarray:
    """Number (from 1) of the first true along axis 0; the number of all where there is none."""
    return np.where(flags.any(axis=0), flags.argmax(axis=0), len(flags) - 1) + 1


def still_at(away: np.ndarray) -> np.ndarray:
    near = away < NEAR
    return first(np.flip(np.logical_and.accumulate(np.flip(near, 0), axis=0), 0))


def interval(values: np.ndarray, stat=np.mean, seed: int = 5) -> dict:
    rng = np.random.default_rng(seed)
    draws = [stat(values[rng.integers(len(values), size=len(values))]) for _ in range(DRAWS)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return {"value": round(float(stat(values)), 4), "95": [round(float(low), 4), round(float(high), 4)]}


def acting(run: dict, stop: np.ndarray, threshold: float) -> dict:
    """What a robot would do that acts on what is surer than the threshold: rightly done of all commands; wrongly done
    of everything said; refused of all commands."""
    at = (stop - 1, np.arange(len(stop)))
    acts = (run["verb"][at] > 0) & (run["confidence"][at] >= threshold)
    right, command = run["right"][at], run["labels"][:, 0] > 0
    return {"threshold": threshold, "done_rightly": interval((acts & right)[command].astype(float)),
            "done_wrongly": interval((acts & ~right).astype(float)), "refused": interval((~acts)[command].astype(float))}


def score(model: Refiner, batches: list, baseline: Refiner | None) -> dict:
    run = course(model, batches, LONG)
    stop = np.minimum(first(run["moved"] < SETTLED), STEPS)
    each = np.arange(len(stop))
    early, full = run["right"][stop - 1, each].astype(float), run["right"][STEPS - 1].astype(float)
    still = still_at(run["away"])
    out = {
        "utterances": len(stop),
        "exact_by_step": {str(k): interval(run["right"][k - 1].astype(float)) for k in (1, 2, 3, 4, 6, 8, STEPS)},
        "exact_early_stop": interval(early),
        "early_stop_less_all_steps": interval(early - full),
        "early_stop_steps": {"mean": round(float(stop.mean()), 3), "median": int(np.median(stop)), "p95": int(np.percentile(stop, 95)),
                             "compute_saved": round(STEPS / float(stop.mean()), 2)},
        "meaning_still_after": {"median": interval(still, np.median), "p95": interval(still, lambda x: np.percentile(x, 95)),
                                "share_below_15": round(float((still < 15).mean()), 4)},
        "energy_loss_spearman": round(spearman(run["energy"][stop - 1, each], run["loss"][stop - 1, each]), 3),
        "acting": [acting(run, stop, t) for t in (0.5, 0.8, 0.9, 0.95, 0.98)],
    }
    if baseline is not None:
        one = course(baseline, batches, 1)
        right = one["right"][0].astype(float)
        out["one_shot"] = {"exact": interval(right), "refiner_less_one_shot": interval(early - right),
                           "acting": [acting(one, np.ones_like(stop), t) for t in (0.8, 0.9, 0.95)]}
    return out


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    rank = lambda x: np.argsort(np.argsort(x)).astype(float)
    return float(np.corrcoef(rank(a), rank(b))[0, 1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/language/checkpoint.pt"))
    parser.add_argument("--baseline", type=Path)
    parser.add_argument("--splits", nargs="+", default=["test", "test-clean", "synonyms"])
    parser.add_argument("--count", type=int, default=3000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, held = load(args.checkpoint)
    baseline = load(args.baseline)[0] if args.baseline else None
    out = {}
    for name in args.splits:
        split, _, clean = name.partition("-")
        out[name] = score(model, data(split, args.count, held["words"], clean == "clean"), baseline)
    print(json.dumps(out, indent=2))


if __name__ == "__main__":
    main()
