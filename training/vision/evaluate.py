"""Scores the exported graphs: on a rendered split, or on a folder of images with label masks.

`evaluate.py --data training/data/vision --split val`
`evaluate.py --folder DIR [--map map.json] [--sheet out.png]`: for each NAME.png (or NAME.rgb, raw rgb8 640×480)
a mask NAME.labels.png (8 bit) or NAME.labels (raw, one byte per pixel). The mask holds class numbers (0 background,
1 robot, 2 block) or, with --map {"instance id": class}, instance ids; any other number is background.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all exports share
from exporting import session
from metrics import Confusion, interval, iou_of, pearson, spearman

STEPS = (1, 2, 3, 4, 6, 8)
ENCODER_SHARE = 0.42  # multiplications of the encoder over those of one step; export.py checks it
HALTS = ((1e-3, 2.0), (5e-3, 2.0), (1e-2, 2.0), (3e-2, 2.0), (3e-2, 0.6), (3e-2, 0.5), (3e-2, 0.45), (3e-2, 0.4))  # (eps, tau)
CLASSES = ("background", "robot", "block")


class OnnxRefiner:
    """The two graphs as the robot runs them."""

    def __init__(self, folder: Path, threads: int = 1, precision: str = "fp32") -> None:
        suffix = "" if precision == "fp32" else f"-{precision}"
        self.encoder = session(Path(folder) / f"encoder{suffix}.onnx", threads)
        self.refine = session(Path(folder) / f"refine{suffix}.onnx", threads)

    def encode(self, image: np.ndarray):
        return self.encoder.run(None, {"image": image[None]})

    def step(self, features, state):
        return self.refine.run(None, {"features": features, "state": state})


def full_size(image: np.ndarray) -> np.ndarray:
    """uint8 [480,640,3] whose 4×4 means are the given [120,160,3] image; full-size images pass through."""
    if image.shape == (480, 640, 3):
        return np.ascontiguousarray(image)
    if image.shape != (120, 160, 3):
        raise SystemExit(f"image of {image.shape}: 640×480 or 160×120 is needed")
    return np.ascontiguousarray(np.repeat(np.repeat(image, 4, 0), 4, 1))


def small_mask(mask: np.ndarray) -> np.ndarray:
    """Labels at 160×120 by the vote of 4×4 pixels, ties to the rarer class."""
    if mask.shape == (120, 160):
        return mask
    if mask.shape != (480, 640):
        raise SystemExit(f"mask of {mask.shape}: 640×480 or 160×120 is needed")
    cells = mask.reshape(120, 4, 160, 4).transpose(0, 2, 1, 3).reshape(120, 160, 16)
    return np.argmax([(cells == c).sum(-1) * 4 + c for c in range(len(CLASSES))], axis=0).astype(np.uint8)


def follow(runner: OnnxRefiner, image: np.ndarray, truth: np.ndarray, steps: int = max(STEPS)) -> dict:
    """One image through `steps` steps: per step the confusion table, loss, energy, entropy, confidence."""
    features, state = runner.encode(full_size(image))
    out = {"table": [], "loss": [], "energy": [], "entropy": [], "confidence": [], "probs": None}
    for _ in range(steps):
        state, probs, energy, confidence = runner.step(features, state)
        p = np.clip(probs[0], 1e-7, 1)
        table = Confusion(len(CLASSES))
        table.add(p.argmax(0), truth)
        out["table"].append(table.table)
        out["loss"].append(float(-np.log(np.take_along_axis(p, truth[None].astype(np.int64), 0)).mean()))
        out["entropy"].append(float(-(p * np.log(p)).sum(0).mean()))
        out["energy"].append(float(energy[0]))
        out["confidence"].append(float(confidence[0]))
        out["probs"] = p
    return out


def image_miou(tables: np.ndarray) -> np.ndarray:
    """mIoU per image [n] of tables [n,k,k]: over the classes present in truth or prediction."""
    both = np.diagonal(tables, axis1=-2, axis2=-1)
    either = tables.sum(-1) + tables.sum(-2) - both
    there = either > 0
    return np.where(there, both / np.maximum(either, 1), 0).sum(-1) / there.sum(-1)


def early_stop(tables, energy, confidence, eps: float, tau: float, cap: int = max(STEPS)) -> dict:
    """Stop after the first step that is sure (confidence ≥ tau), or, from step 2 on, whose energy fell by less than
    eps; against running all `cap` steps, both measured on the ground truth."""
    n = len(energy)
    done = confidence[:, :cap] >= tau
    done[:, 1:] |= energy[:, :cap - 1] - energy[:, 1:cap] < eps
    done[:, cap - 1] = True
    stop = done.argmax(1)
    chosen, full = (iou_of(tables[np.arange(n), k].sum(0)).mean() for k in (stop, np.full(n, cap - 1)))
    share = (ENCODER_SHARE + cap) / (ENCODER_SHARE + stop.mean() + 1)
    return {"eps": eps, "tau": tau, "mean_steps": float((stop + 1).mean()), "steps_saved": float(cap / (stop + 1).mean()),
            "flops_saved": float(share), "miou": float(chosen), "miou_all_steps": float(full)}


def score(runner: OnnxRefiner, images, labels) -> dict:
    """All figures of the manifest, with 95 % intervals from a bootstrap over images."""
    runs = [follow(runner, images[i], labels[i]) for i in range(len(images))]
    tables = np.array([r["table"] for r in runs])
    loss, energy, entropy, confidence = (np.array([r[k] for r in runs]) for k in ("loss", "energy", "entropy", "confidence"))
    steps = {}
    for k in STEPS:
        t = tables[:, k - 1]
        iou = iou_of(t.sum(0))
        steps[str(k)] = {
            "miou": round(float(iou.mean()), 4),
            "miou_95": [round(v, 4) for v in interval(t, lambda x: iou_of(x.sum(0)).mean())],
            "iou": {c: round(float(v), 4) for c, v in zip(CLASSES, iou)},
            "iou_95": {c: [round(v, 4) for v in interval(t, lambda x, i=i: iou_of(x.sum(0))[i])] for i, c in enumerate(CLASSES)},
            "loss": round(float(loss[:, k - 1].mean()), 5), "energy": round(float(energy[:, k - 1].mean()), 5),
            "confidence": round(float(confidence[:, k - 1].mean()), 4),
        }
    fell, fell_eps = (energy[:, 1:] <= energy[:, :-1] + slack for slack in (1e-4, 1e-3))
    better = np.sign(loss[:, :3] - loss[:, 1:4]) == np.sign(energy[:, :3] - energy[:, 1:4])
    quality = np.stack([image_miou(tables[:, k]) for k in range(tables.shape[1])], axis=1)
    return {
        "images": len(images), "steps": steps,
        "energy": {
            "pearson_with_loss": round(pearson(energy.ravel(), loss.ravel()), 4),
            "spearman_with_loss": round(spearman(energy.ravel(), loss.ravel()), 4),
            "spearman_with_loss_step_4": round(spearman(energy[:, 3], loss[:, 3]), 4),
            "spearman_with_image_miou_step_4": round(spearman(energy[:, 3], quality[:, 3]), 4),
            "entropy_spearman_with_loss_step_4": round(spearman(entropy[:, 3], loss[:, 3]), 4),
            "entropy_pearson_with_loss": round(pearson(entropy.ravel(), loss.ravel()), 4),
            "monotone_steps": round(float(fell.mean()), 4), "monotone_runs": round(float(fell.all(1).mean()), 4),
            "monotone_steps_1_to_4": round(float(fell[:, :3].mean()), 4),
            "monotone_steps_within_1e-3": round(float(fell_eps.mean()), 4), "monotone_runs_within_1e-3": round(float(fell_eps.all(1).mean()), 4),
            "same_direction_as_loss_steps_1_to_4": round(float(better.mean()), 4),
        },
        "confidence": {"spearman_with_image_miou_step_4": round(spearman(confidence[:, 3], quality[:, 3]), 4),
                       "mean": round(float(confidence[:, 3].mean()), 4), "mean_image_miou": round(float(quality[:, 3].mean()), 4)},
        "early_stop": [{k: round(v, 5) for k, v in early_stop(tables, energy, confidence, *h).items()} for h in HALTS],
    }


def latency(folder: Path, runs: int = 60) -> dict:
    """p50 and p95 of both graphs on one thread, ms of CPU time: other work beside changes them little."""
    runner = OnnxRefiner(folder)
    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    features, state = runner.encode(image)
    out = {"threads": 1}
    for name, call in (("encoder", lambda: runner.encode(image)), ("refine", lambda: runner.step(features, state))):
        took = []
        for _ in range(runs):
            began = time.process_time()
            call()
            took.append((time.process_time() - began) * 1000)
        out[name] = {"p50": round(float(np.quantile(took, 0.5)), 2), "p95": round(float(np.quantile(took, 0.95)), 2)}
    return out


def time_saved(runner: OnnxRefiner, images, limit: int = 150, cap: int = max(STEPS)) -> list[dict]:
    """What early stop saves in time: each picture is run to its end and to all steps, by turns, on one thread. Wall and
    CPU time of all steps over that of the steps that a rule takes, encoder included in both."""
    spent = {rule: np.zeros(2) for rule in (None, *HALTS)}
    clock = lambda: np.array([time.perf_counter(), time.process_time()])
    for image in images[:limit]:
        full = full_size(image)
        for rule in spent:
            eps, tau = rule or (-np.inf, np.inf)
            began, before = clock(), np.inf
            features, state = runner.encode(full)
            for _ in range(cap):
                state, _, energy, confidence = runner.step(features, state)
                if confidence[0] >= tau or before - energy[0] < eps:
                    break
                before = energy[0]
            spent[rule] += clock() - began
    wall, cpu = zip(*(spent[None] / spent[rule] for rule in HALTS))
    return [{"eps": e, "tau": t, "wall_saved": round(w, 3), "cpu_saved": round(c, 3)} for (e, t), w, c in zip(HALTS, wall, cpu)]


def read_image(path: Path) -> np.ndarray:
    if path.suffix == ".rgb":
        return np.fromfile(path, np.uint8).reshape(480, 640, 3)
    from PIL import Image
    return np.asarray(Image.open(path).convert("RGB"))


def read_mask(path: Path, mapping: dict | None) -> np.ndarray:
    png = path.with_suffix(".labels.png")
    if png.exists():
        from PIL import Image
        mask = np.asarray(Image.open(png))
    else:
        mask = np.fromfile(path.with_suffix(".labels"), np.uint8).reshape(480, 640)
    table = np.zeros(256, np.uint8)
    for key, value in ({0: 0, 1: 1, 2: 2} if mapping is None else mapping).items():
        table[int(key)] = value
    return small_mask(table[mask])


def block_recall(runner: OnnxRefiner, folder: Path, limit: int, steps: int = 2) -> dict:
    """Where NAME.instances.png exist (ids from 16 on are blocks): the share of blocks of at least 12 pixels of 160×120
    of which most is found, by what is seen of them, and the distance of the found part's centre, in pixels."""
    from PIL import Image
    found, apart, hand = [], [], []
    for path in sorted(folder.glob("*.instances.png"))[:limit]:
        ids = np.asarray(Image.open(path))[2::4, 2::4]
        image = read_image(path.with_name(path.name.replace(".instances", "")))
        guess = follow(runner, image, np.zeros((120, 160), np.uint8), steps)["probs"].argmax(0)
        for i in np.unique(ids[ids >= 16]):
            own = ids == i
            if own.sum() >= 12:
                hit = own & (guess == 2)
                found.append(hit.sum() > own.sum() / 2)
                if found[-1]:
                    apart.append(float(np.linalg.norm(np.argwhere(hit).mean(0) - np.argwhere(own).mean(0))))
        if (ids == 2).sum() > 100:
            hand.append([float((guess[ids == 2] == c).mean()) for c in range(3)])
    return {"blocks": len(found), "recall": round(float(np.mean(found)), 4), "centre_px_p95": round(float(np.quantile(apart, 0.95)), 3),
            "hand_taken_for": dict(zip(CLASSES, np.round(np.mean(hand, axis=0), 4).tolist())) if hand else None}


def read_folder(folder: Path, mapping: dict | None):
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".png", ".rgb") and "." not in p.stem)
    if not paths:
        raise SystemExit(f"no .png or .rgb images in {folder}")
    return [read_image(p) for p in paths], [read_mask(p, mapping) for p in paths]


def sheet(runner: OnnxRefiner, images, labels, path: Path, columns: int = 6, steps: int = 4) -> None:
    """A picture of images, truth (upper) and prediction (lower): robot red, block green."""
    from PIL import Image
    tint = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0]], np.float32)
    rows = []
    for i in range(0, len(images) - len(images) % columns, columns):
        strips: list = [[], [], []]
        for image, truth in zip(images[i:i + columns], labels[i:i + columns]):
            small = full_size(image).reshape(120, 4, 160, 4, 3).mean(axis=(1, 3))
            strips[0].append(small)
            guess = follow(runner, image, truth, steps)["probs"].argmax(0)
            for strip, mask in ((strips[1], truth), (strips[2], guess)):
                strip.append(small * 0.35 + tint[mask] * 0.65)
        rows += [np.concatenate(s, axis=1) for s in strips]
    picture = np.concatenate(rows, axis=0).astype(np.uint8)
    Image.fromarray(picture).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("models/vision-refiner"))
    parser.add_argument("--precision", choices=["fp32", "fp16", "int8"], default="fp32")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--data", type=Path, default=Path("training/data/vision"))
    parser.add_argument("--split", default="val")
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--time", action="store_true", help="measure, too, what early stop saves in time")
    parser.add_argument("--sheet", type=Path, help="write a picture of the first 24 predictions")
    args = parser.parse_args()
    if args.folder is not None:
        images, labels = read_folder(args.folder, json.loads(args.map.read_text()) if args.map else None)
    else:
        import scenes
        images, labels = scenes.load(args.data, args.split)
    images, labels = images[:args.limit], labels[:args.limit]
    runner = OnnxRefiner(args.model, precision=args.precision)
    if args.sheet is not None:
        sheet(runner, images[:24], labels[:24], args.sheet)
    out = score(runner, images, labels)
    if args.folder is not None and any(args.folder.glob("*.instances.png")):
        out["blocks"] = block_recall(runner, args.folder, args.limit)
    if args.time:
        out["early_stop_time"] = time_saved(runner, images)
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
