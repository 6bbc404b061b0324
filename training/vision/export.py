"""Exports a checkpoint as two ONNX graphs, checks them, and writes the manifest.

`export.py --checkpoint training/runs/vision/checkpoint.pt --data training/data/vision` (needs onnx, onnxruntime).
Checks: torch and onnxruntime agree within `TOLERANCE` over eight steps, every operator is in
`tensorrt-operators.json`, shapes are fixed, and no doc string (with a path of this machine) is left in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all exports share
import evaluate
import exporting
import scenes
from exporting import value
from model import CHANNELS, CLASSES, Refiner, expected_iou, plain_convolutions

TOLERANCE = 2e-4  # largest absolute difference of probabilities, energy and confidence over eight steps
LATENT_TOLERANCE = 5e-3  # of features and state, whose differences add up over the steps


def grid(pool: int = 4) -> tuple[int, int]:
    """Rows and columns of features and state."""
    return 480 // pool // 2, 640 // pool // 2


class EncoderGraph(nn.Module):
    """image uint8 [1,480,640,3] -> features, state0. `pool`: the picture is reduced so many times, in training 4."""

    def __init__(self, model: Refiner, pool: int = 4) -> None:
        super().__init__()
        self.encoder, self.pool = model.encoder, pool

    def forward(self, image: torch.Tensor):
        # the mean as a reshape: pooling would bring a Pad, and a transpose of the whole frame
        small = image.float().reshape(1, 480 // self.pool, self.pool, 640 // self.pool, self.pool, 3).mean(dim=(2, 4))
        return self.encoder(small.permute(0, 3, 1, 2))


class RefineGraph(nn.Module):
    """features, state -> next state, probs, energy, confidence. The probabilities are always 120×160."""

    def __init__(self, model: Refiner, pool: int = 4) -> None:
        super().__init__()
        self.refine, self.pool = model.refine, pool

    def forward(self, features: torch.Tensor, state: torch.Tensor):
        after = self.refine(features, state)
        cells = self.refine.cell_probs(after)
        probs = F.pixel_shuffle(cells.reshape(1, 4 * len(CLASSES), *grid(self.pool)), 2)
        if self.pool != 4:
            probs = F.interpolate(probs, scale_factor=self.pool / 4, mode="bilinear", align_corners=False)
        return after, probs, self.refine.loss_map(state, after, cells).mean(dim=(1, 2, 3)), expected_iou(probs)


def multiplications(path: Path) -> int:
    """Multiply-adds of a graph's convolutions."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(str(path))).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in list(graph.value_info) + list(graph.output)}
    weights = {w.name: list(w.dims) for w in graph.initializer}
    return sum(int(np.prod(weights[n.input[1]])) * int(np.prod(shapes[n.output[0]][2:])) for n in graph.node if n.op_type == "Conv")


def write_graphs(model: Refiner, folder: Path, pool: int = 4) -> set:
    """Both graphs with the picture reduced `pool` times; returns the operators."""
    hidden = torch.zeros(1, CHANNELS, *grid(pool))
    image = torch.zeros(1, 480, 640, 3, dtype=torch.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    used = exporting.write(EncoderGraph(model, pool).eval(), (image,), (["image"], ["features", "state0"]), folder / "encoder.onnx", "encoder")
    names = (["features", "state"], ["next_state", "probs", "energy", "confidence"])
    return used | exporting.write(RefineGraph(model, pool).eval(), (hidden, hidden), names, folder / "refine.onnx", "refine")


def load_model(checkpoint: Path) -> tuple[Refiner, dict]:
    held = torch.load(checkpoint, map_location="cpu")
    model = Refiner()
    model.load_state_dict(held["average"])
    return plain_convolutions(model).eval(), held


def compare(encoder: EncoderGraph, refine: RefineGraph, folder: Path, images: np.ndarray) -> tuple[float, float]:
    """Largest absolute differences between torch and onnxruntime over eight steps: answers, and latents."""
    runner, worst, latent = evaluate.OnnxRefiner(folder), 0.0, 0.0
    for image in images:
        full = evaluate.full_size(image)
        with torch.no_grad():
            features, state = encoder(torch.from_numpy(full)[None])
        f, s = runner.encode(full)
        latent = max(latent, float(np.abs(f - features.numpy()).max()), float(np.abs(s - state.numpy()).max()))
        for _ in range(8):
            with torch.no_grad():
                state, *rest = refine(features, state)
            s, *other = runner.step(f, s)
            latent = max(latent, float(np.abs(state.numpy() - s).max()))
            worst = max([worst] + [float(np.abs(a.numpy() - b).max()) for a, b in zip(rest, other)])
    return worst, latent


def graphs(pool: int = 4) -> dict:
    """Inputs and outputs of both graphs, as they stand in the manifest."""
    hidden, own = [1, CHANNELS, *grid(pool)], {"internal": True}
    return {
        "encoder": {
            "inputs": [value("image", "uint8", [1, 480, 640, 3], "rgb8 frame, height × width × channel, row 0 on top",
                              f"inside the graph: {pool}×{pool} mean, less the mean of each channel, over the spread of the image; feed raw bytes")],
            "outputs": [value("features", "float32", hidden, "what the image shows; constant over the steps", **own),
                        value("state0", "float32", hidden, "state before the first step", "tanh, -1..1", **own)],
        },
        "refine": {
            "inputs": [value("features", "float32", hidden, "of the encoder", **own), value("state", "float32", hidden, "state0, or state of the step before", **own)],
            "outputs": [value("next_state", "float32", hidden, "state after this step; fed back as state", "-1..1", **own),
                        value("probs", "float32", [1, len(CLASSES), 120, 160], "class probabilities per pixel of the image reduced 4×4", "softmax over axis 1"),
                        value("energy", "float32", [1], "the model's estimate of its own cross-entropy, nats per pixel; lower is better"),
                        value("confidence", "float32", [1], "expected mean IoU of the arg-max masks, 0..1")],
        },
    }


def manifest(args, held, used, worst, metrics) -> dict:
    folder = args.out / "vision-refiner"
    files = [exporting.entry(args.out, folder / f"{name}.onnx", name, "fp32") for name in ("encoder", "refine")]
    return {
        "id": "vision-refiner", "version": args.version, "task": "segmentation-refiner", "status": args.status,
        "description": "Recurrent tabletop segmentation: an encoder, and one weight-tied refinement step that is run as often as it pays.",
        "licence": "Apache-2.0", "capabilities": ["vision", "segmentation", "iterative"], "modalities": {"vision": "image"}, "opset": exporting.OPSET,
        "files": files, "graphs": graphs(), "operators": sorted(used), "classes": list(CLASSES),
        "steps": {"trained": [1, 9], "default_max": 8},
        "tolerance": {"limit": TOLERANCE, "measured": round(worst[0], 7), "latent_limit": LATENT_TOLERANCE, "latent_measured": round(worst[1], 7),
                      "what": "largest absolute difference to torch over 8 steps and 4 images: probabilities, energy, confidence; latent: features, state"},
        "training": {
            "data": "rendered tabletop scenes from training/vision/scenes.py (random arms, blocks, clutter, hands, light, camera, sensor); no photographs, no images of the tabletop world",
            "scenes": args.scenes, "scene_seed": scenes.DEFAULT_SEED, "batches": args.batches, "batch": held["batch"],
            "command": "docs/models/vision.md",
        },
        "metrics": metrics,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/vision/checkpoint.pt"))
    parser.add_argument("--data", type=Path, default=Path("training/data/vision"))
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--status", default="released", help="'preliminary' for a model that is to be replaced")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--scenes", type=int, required=True, help="scenes that the training saw, for the manifest")
    parser.add_argument("--batches", type=int, nargs="+", required=True, help="batches of each stage of the training, for the manifest")
    parser.add_argument("--limit", type=int, default=500, help="held-out scenes to measure on")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, held = load_model(args.checkpoint)
    folder = args.out / "vision-refiner"
    used = write_graphs(model, folder)
    encoder, refine = EncoderGraph(model).eval(), RefineGraph(model).eval()
    images, labels = scenes.load(args.data, "held-out")
    images, labels = images[:args.limit], labels[:args.limit]
    worst = compare(encoder, refine, folder, images[:4])
    if worst[0] > TOLERANCE or worst[1] > LATENT_TOLERANCE:
        raise SystemExit(f"torch and onnxruntime differ by {worst[0]:.1e} (latent {worst[1]:.1e}), more than {TOLERANCE:.0e} ({LATENT_TOLERANCE:.0e})")
    cost = {name: multiplications(folder / f"{name}.onnx") for name in ("encoder", "refine")}
    if abs(cost["encoder"] / cost["refine"] - evaluate.ENCODER_SHARE) > 0.01:
        raise SystemExit(f"set evaluate.ENCODER_SHARE to {cost['encoder'] / cost['refine']:.3f}")
    metrics = evaluate.score(evaluate.OnnxRefiner(folder), images, labels)
    metrics["split"] = "held-out: camera poses, lights and table patterns outside the training ranges"
    metrics["multiply_adds"] = cost
    metrics["latency_ms"] = evaluate.latency(folder)
    text = json.dumps(manifest(args, held, used, worst, metrics), indent=2, ensure_ascii=False)
    (args.out / "vision-refiner.json").write_text(text + "\n")
    print(json.dumps({"operators": sorted(used), "worst": worst, "miou": {k: v["miou"] for k, v in metrics["steps"].items()}, "latency_ms": metrics["latency_ms"]}))


if __name__ == "__main__":
    main()
