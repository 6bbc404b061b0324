"""Writes shards of rendered scenes: `scenes.py --split train --count 8000 --out training/data/vision`.

Each scene depends on (seed, split, index) alone, so any shard can be made again, on any machine, in any order.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from render import render
from sensor import capture
from world import CALM, HELD_OUT, TRAIN, WORK, random_scene

SPLITS = {"train": (1, TRAIN), "calm": (4, CALM), "work": (5, WORK), "val": (2, TRAIN), "held-out": (3, HELD_OUT)}
DEFAULT_SEED = 20240607
SHARD = 250


def make(split: str, index: int, seed: int = DEFAULT_SEED) -> tuple[np.ndarray, np.ndarray]:
    """Image uint8 [120,160,3] and labels uint8 [120,160] of scene `index`."""
    code, ranges = SPLITS[split]
    rng = np.random.default_rng([seed, code, index])
    image, labels = render(random_scene(rng, ranges), rng)
    return capture(image, rng), labels


def load(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """All finished shards of a split, in order: images [n,120,160,3], labels [n,120,160]."""
    files = sorted(Path(folder).glob(f"{split}-*.npz"))
    if not files:
        raise SystemExit(f"no shards of split '{split}' in {folder}: run scenes.py --split {split} first")
    parts = [np.load(f) for f in files]
    return np.concatenate([p["images"] for p in parts]), np.concatenate([p["labels"] for p in parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--start", type=int, default=0, help="first scene, a multiple of the shard size")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--out", type=Path, default=Path("training/data/vision"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for first in range(args.start, args.start + args.count, SHARD):
        path = args.out / f"{args.split}-{first:06d}.npz"
        if path.exists():
            continue
        began = time.perf_counter()
        pairs = [make(args.split, i, args.seed) for i in range(first, min(first + SHARD, args.start + args.count))]
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, images=np.stack([p[0] for p in pairs]), labels=np.stack([p[1] for p in pairs]))
        part.rename(path)
        took = time.perf_counter() - began
        print(json.dumps({"shard": path.name, "scenes": len(pairs), "ms_per_scene": round(1000 * took / len(pairs), 1)}), flush=True)


if __name__ == "__main__":
    main()
