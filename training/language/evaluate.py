"""Scores a language refiner on the held-out splits against one-shot classifiers.

`evaluate.py --checkpoint training/runs/language/checkpoint.pt --baseline one_shot=training/runs/language-one-shot/checkpoint.pt`
prints one JSON object. Every figure has a 95 % bootstrap interval over utterances; comparisons are paired. The intervals
hold for utterances made of these phrases: those are finite. `--few` runs no more steps than early stop needs, for many.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from batches import held_out
from model import Heard, Refiner, Size, meaning_loss, meaning_of
from train import exact

STEPS = 15  # all steps
LONG = 20  # what the meaning is compared with, to say when it stands still
NEAR = 0.05  # the meaning stands still from the step on from which it stays within this of its end, relative
SETTLED = 0.05  # early stop: a step that moved the meaning by less than this, relative
DRAWS = 1000
HALF = True  # in bfloat16, as it was trained; the exported graphs are compared with torch in float32


def load(path: Path) -> tuple[Refiner, dict]:
    held = torch.load(path, map_location="cpu")
    model = Refiner(Size(held["layers"], held["width"]), len(held["words"]) + 3, "spelled" in held["average"])
    model.load_state_dict(held["average"])
    return model.eval(), held


def data(name: str, count: int, words: dict) -> list:
    """Batches of a split; "-clean" after its name: without noise."""
    split, _, clean = name.partition("-")
    return held_out(split, count, words, 0.0 if clean == "clean" else None)


def confidence(logits: tuple) -> torch.Tensor:
    """Probability of the whole meaning, as src/plugins/language/meaning.ts has it."""
    intent, colour, kind = (x.softmax(dim=1) for x in logits)
    share, verb = intent.max(dim=1)
    slots = colour.max(dim=1)[0] * kind.max(dim=1)[0]
    return share * torch.where((verb == 1) | (verb == 3) | (verb == 4), slots, torch.ones_like(slots))


def course(model: Refiner, batches: list, steps: int) -> dict:
    """Per utterance (axis 1) and step (axis 0): right, verb, confidence, energy, loss, moved; and where it stands still."""
    rows, labels = {}, []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=HALF):
        for batch in batches:
            heard = model.hear(batch.words, batch.places)
            state, latents, part = model.blank(*batch.places.shape), [], {}
            for _ in range(steps):
                last, state = meaning_of(state), model.read(heard, state)
                meaning = meaning_of(state)
                logits = model.logits(meaning)
                seen = {"right": exact(logits, batch.labels), "verb": logits[0].argmax(dim=1), "confidence": confidence(logits),
                        "energy": model.energy(last, meaning, logits), "loss": meaning_loss(logits, batch.labels),
                        "moved": (meaning - last).flatten(1).norm(dim=1) / meaning.flatten(1).norm(dim=1)}
                for key, value in seen.items():
                    part.setdefault(key, []).append(value.float() if value.is_floating_point() else value)
                latents.append(meaning.float().flatten(1))
            part["away"] = [(z - latents[-1]).norm(dim=1) / latents[-1].norm(dim=1) for z in latents]
            labels.append(batch.labels)
            for key, values in part.items():
                rows.setdefault(key, []).append(torch.stack(values))
    return {k: torch.cat(v, dim=1).numpy() for k, v in rows.items()} | {"labels": torch.cat(labels).numpy()}


def early_course(model: Refiner, batches: list, settled: float) -> tuple[dict, np.ndarray]:
    """What is said at the early stop, as `course` has it with one step alone, and the step of each: no step runs after it."""
    rows, labels, taken = {}, [], []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=HALF):
        for batch in batches:
            heard, state = model.hear(batch.words, batch.places), model.blank(*batch.places.shape)
            left, ends, steps = torch.arange(len(batch.labels)), meaning_of(state).clone(), torch.zeros(len(batch.labels), dtype=torch.long)
            for k in range(1, STEPS + 1):
                before, state = meaning_of(state), model.read(heard, state)
                meaning = meaning_of(state)
                ends[left], steps[left] = meaning, k
                on = (meaning - before).flatten(1).norm(dim=1) >= settled * meaning.flatten(1).norm(dim=1)
                if not on.any():
                    break
                left, state = left[on], state[on]
                heard = Heard(heard.places[on], heard.mask[on], heard.words[on], heard.lexicon)
            logits = model.logits(ends)
            for key, value in (("right", exact(logits, batch.labels)), ("verb", logits[0].argmax(dim=1)), ("confidence", confidence(logits))):
                rows.setdefault(key, []).append(value[None])
            labels.append(batch.labels)
            taken.append(steps)
    return {k: torch.cat(v, dim=1).numpy() for k, v in rows.items()} | {"labels": torch.cat(labels).numpy()}, torch.cat(taken).numpy()


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


def stops(run: dict, settled: float) -> np.ndarray:
    """Step at which early stop ends the reading of each utterance."""
    return np.minimum(first(run["moved"] < settled), STEPS)


def score(model: Refiner, batches: list, baselines: dict, settled: float = SETTLED) -> dict:
    run = course(model, batches, LONG)
    stop = stops(run, settled)
    each = np.arange(len(stop))
    early, full = run["right"][stop - 1, each].astype(float), run["right"][STEPS - 1].astype(float)
    still = still_at(run["away"])
    out = {
        "utterances": len(stop),
        "exact_by_step": {str(k): interval(run["right"][k - 1].astype(float)) for k in (1, 2, 3, 4, 6, 8, STEPS)},
        "exact_early_stop": interval(early),
        "early_stop_less_all_steps": interval(early - full),
        "early_stop_less_first_step": interval(early - run["right"][0]),
        "early_stop_steps": {"mean": round(float(stop.mean()), 3), "median": int(np.median(stop)), "p95": int(np.percentile(stop, 95)),
                             "compute_saved": round(STEPS / float(stop.mean()), 2)},
        "meaning_still_after": {"median": interval(still, np.median), "p95": interval(still, lambda x: np.percentile(x, 95)),
                                "share_below_15": round(float((still < 15).mean()), 4)},
        "energy_loss_spearman": round(spearman(run["energy"][stop - 1, each], run["loss"][stop - 1, each]), 3),
        "acting": [acting(run, stop, t) for t in (0.5, 0.8, 0.85, 0.9, 0.95, 0.98)],
    }
    for name, baseline in baselines.items():
        one = course(baseline, batches, 1)
        right = one["right"][0].astype(float)
        out[name] = {"exact": interval(right), "refiner_less_this": interval(early - right),
                     "acting": [acting(one, np.ones_like(stop), t) for t in (0.8, 0.85, 0.9, 0.95, 0.98)]}
    return out


def score_few(model: Refiner, batches: list, baselines: dict, settled: float = SETTLED) -> dict:
    """Early stop against the classifiers, and no more."""
    run, steps = early_course(model, batches, settled)
    early, at = run["right"][0].astype(float), np.ones_like(steps)
    out = {"utterances": len(steps), "exact_early_stop": interval(early), "acting": [acting(run, at, t) for t in (0.8, 0.85, 0.9, 0.95)],
           "early_stop_steps": {"mean": round(float(steps.mean()), 3), "median": int(np.median(steps)), "p95": int(np.percentile(steps, 95))}}
    for name, baseline in baselines.items():
        one = course(baseline, batches, 1)
        right = one["right"][0].astype(float)
        out[name] = {"exact": interval(right), "refiner_less_this": interval(early - right),
                     "acting": [acting(one, at, t) for t in (0.8, 0.85, 0.9, 0.95)]}
    return out


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    rank = lambda x: np.argsort(np.argsort(x)).astype(float)
    return float(np.corrcoef(rank(a), rank(b))[0, 1])


def named(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    return name, Path(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/language/checkpoint.pt"))
    parser.add_argument("--baseline", type=named, action="append", default=[], metavar="NAME=FILE", help="a one-shot classifier")
    parser.add_argument("--splits", nargs="+", default=["test", "test-clean", "synonyms"])
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--settled", type=float, default=SETTLED)
    parser.add_argument("--few", action="store_true", help="early stop alone, against the classifiers")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, held = load(args.checkpoint)
    baselines = {name: load(path)[0] for name, path in args.baseline}
    measure = score_few if args.few else score
    print(json.dumps({f"{name}-{args.count}" if args.few else name: measure(model, data(name, args.count, held["words"]), baselines, args.settled)
                      for name in args.splits}, indent=2))


if __name__ == "__main__":
    main()
