"""Exports a core as one ONNX graph, one reasoning cycle per run, checks it, and writes the manifest.

`export.py --checkpoint training/runs/core/plan.pt` (needs onnx, onnxruntime) makes models/core-edge.onnx (FP32), its
FP16 twin and models/core-edge.json. `export.py --size full` exports a core of about 100 M parameters with random
weights to training/runs/core and measures a cycle; it is not committed.
Checks: torch and onnxruntime agree within `TOLERANCE` over eight cycles, every operator is on TensorRT's list, shapes
are fixed, and no path of this machine is left in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all exports share
import exporting
from exporting import session, value
from model import RESOURCES, SNARC, Core, Size, full, parameters
from plan import CONTEXT, TOKENS

TOLERANCE = 2e-3  # largest absolute difference over eight cycles: probabilities, logits and states
TOLERANCE_FP16 = 0.05  # of probabilities, FP16 against FP32
INPUTS = ("h", "l", "context", "salience", "present")
OUTPUTS = ("next_h", "next_l", "strategy", "actions", "halt", "resources")


class Cycle(nn.Module):
    """The core with the halt as a probability and one action logit per token."""

    def __init__(self, core: Core) -> None:
        super().__init__()
        self.core = core

    def forward(self, h, l, context, salience, present):
        h, l, strategy, actions, halt, resources = self.core(h, l, context, salience, present)
        return h, l, strategy, actions[..., 0], halt.sigmoid(), resources


def inputs_of(size: Size, seed: int) -> tuple[torch.Tensor, ...]:
    rng = np.random.default_rng(seed)
    present = (rng.random((1, size.tokens)) < 0.6).astype(np.float32)
    present[:, 0] = 1
    arrays = (np.zeros((1, size.tokens, size.width)), np.zeros((1, size.tokens, size.width)),
              rng.random((1, size.tokens, size.context)) * present[..., None], rng.random((1, size.tokens, 5)) * present[..., None], present)
    return tuple(torch.from_numpy(a.astype(np.float32)) for a in arrays)


def cycles(run, size: Size, count: int, seed: int) -> list[list[np.ndarray]]:
    """All outputs of `count` cycles that carry their states on."""
    feed = [t.numpy() for t in inputs_of(size, seed)]
    out = []
    for _ in range(count):
        out.append(run(feed))
        feed[:2] = out[-1][:2]
    return out


def compare(cycle: Cycle, path: Path, size: Size) -> float:
    """Largest difference to torch over eight cycles of four situations, in all outputs."""
    runner, worst = session(path), 0.0

    def by_torch(feed):
        with torch.no_grad():
            return [o.numpy() for o in cycle(*(torch.from_numpy(f) for f in feed))]

    for seed in range(4):
        for a, b in zip(cycles(by_torch, size, 8, seed), cycles(lambda f: runner.run(None, dict(zip(INPUTS, f))), size, 8, seed)):
            worst = max([worst] + [float(np.abs(x - y).max()) for x, y in zip(a, b)])
    return worst


def compare_half(path: Path, other: Path, size: Size) -> float:
    """Largest difference of what is acted on, probabilities of actions and halting, over eight cycles."""
    one, two, worst = session(path), session(other), 0.0
    for seed in range(4):
        for a, b in zip(*(cycles(lambda f: r.run(None, dict(zip(INPUTS, f))), size, 8, seed) for r in (one, two))):
            for k in (3, 4):
                p, q = (1 / (1 + np.exp(-x)) if k == 3 else x for x in (a[k], b[k]))
                worst = max(worst, float(np.abs(p - q).max()))
    return worst


def latency(path: Path, size: Size, seconds: float = 3.0) -> dict:
    """Median and p95 of one cycle on one thread, ms."""
    runner, feed = session(path), dict(zip(INPUTS, (t.numpy() for t in inputs_of(size, 1))))
    for _ in range(3):
        runner.run(None, feed)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        runner.run(None, feed)
        times.append(1000 * (time.perf_counter() - begin))
    return {"p50": round(float(np.median(times)), 3), "p95": round(float(np.quantile(times, 0.95)), 3), "runs": len(times), "threads": 1}


def graphs(size: Size) -> dict:
    state = [1, size.tokens, size.width]
    return {"cycle": {
        "inputs": [value("h", "float32", state, "state of the strategic module; zeros at first, then next_h of the cycle before"),
                   value("l", "float32", state, "state of the tactical module; zeros at first, then next_l of the cycle before"),
                   value("context", "float32", [1, size.tokens, size.context], "token 0: the whole situation; the others: a refinement on offer each; features in the order of src/hrm/core/context.ts", "each about 0..1"),
                   value("salience", "float32", [1, size.tokens, 5], ", ".join(SNARC) + " of the token's most salient source; biases the attention of H", "0..1"),
                   value("present", "float32", [1, size.tokens], "1 where there is a token", "0 or 1")],
        "outputs": [value("next_h", "float32", state, "h after this cycle"), value("next_l", "float32", state, "l after this cycle"),
                    value("strategy", "float32", [1, size.width], "what H tells L, of token 0"),
                    value("actions", "float32", [1, size.tokens], "logit that the token's refinement is worth running now"),
                    value("halt", "float32", [1], "probability that more cycles would not change the decision", "0..1"),
                    value("resources", "float32", [1, len(RESOURCES)], "logits of the shares of the ATP: " + ", ".join(RESOURCES), "softmax")],
    }}


def manifest(args, size: Size, count: int, used: set, measured: dict, held: dict) -> dict:
    files = [exporting.entry(args.out, args.out / f"core-edge{suffix}.onnx", "cycle", precision) for suffix, precision in (("", "fp32"), ("-fp16", "fp16"))]
    return {
        "id": "core-edge", "version": args.version, "task": "planning-core", "status": args.status,
        "description": "The H/L network as a planner: one reasoning cycle per run chooses which refinements are worth their ATP.",
        "licence": "Apache-2.0", "capabilities": ["planning", "reasoning", "iterative"], "opset": exporting.OPSET,
        "files": files, "graphs": graphs(size), "operators": sorted(used), "steps": {"trained": [1, 2], "default_max": 8, "halt": 0.99},
        "tolerance": {"limit": TOLERANCE, "measured": round(measured["worst"], 7), "fp16_limit": TOLERANCE_FP16, "fp16_measured": round(measured["worst_fp16"], 5),
                      "what": "largest absolute difference to torch over 8 cycles and 4 situations, all outputs; FP16: probabilities against FP32"},
        "training": {"data": "decisions of synthetic episodes, labelled by a search that knows the future (src/app/bench/core)",
                     "parameters": count, "size": size.as_dict(), "batches": held["step"], "batch": held["batch"], "command": "docs/models/core.md"},
        "metrics": {"latency_ms": measured["latency"], "page": "docs/models/core.md"},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/core/plan.pt"))
    parser.add_argument("--size", choices=["edge", "full"], default="edge")
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--status", default="preliminary")
    parser.add_argument("--version", default="0.1.0")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    if args.size == "full":
        size = full(TOKENS, CONTEXT, 1)
        core = Core(size).eval()
        path = Path("training/runs/core/core-full.onnx")
        path.parent.mkdir(parents=True, exist_ok=True)
        used = exporting.write(Cycle(core).eval(), inputs_of(size, 1), (INPUTS, OUTPUTS), path, "cycle") - {"Constant"}
        print(json.dumps({"size": "full", "parameters": parameters(core), "bytes": path.stat().st_size, "operators": sorted(used),
                          "worst": compare(Cycle(core).eval(), path, size), "latency_ms": latency(path, size, 10.0)}))
        return
    held = torch.load(args.checkpoint, map_location="cpu")
    size = Size(**held["size"])
    core = Core(size)
    core.load_state_dict(held["average"])
    cycle = Cycle(core.eval()).eval()
    path, small = args.out / "core-edge.onnx", args.out / "core-edge-fp16.onnx"
    used = exporting.write(cycle, inputs_of(size, 1), (INPUTS, OUTPUTS), path, "cycle") - {"Constant"}
    exporting.half(path, small)
    measured = {"worst": compare(cycle, path, size), "worst_fp16": compare_half(path, small, size),
                "latency": {"fp32": latency(path, size), "fp16": latency(small, size)}}
    if measured["worst"] > TOLERANCE or measured["worst_fp16"] > TOLERANCE_FP16:
        raise SystemExit(f"the export differs from torch by {measured['worst']:.1e}, FP16 by {measured['worst_fp16']:.1e}")
    text = json.dumps(manifest(args, size, parameters(core), used, measured, held), indent=2, ensure_ascii=False)
    (args.out / "core-edge.json").write_text(text + "\n")
    print(json.dumps({"parameters": parameters(core), **measured, "operators": sorted(used)}))


if __name__ == "__main__":
    main()
