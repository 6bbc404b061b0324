"""Exports a checkpoint as two ONNX graphs, checks them, and writes the manifest.

`export.py --checkpoint training/runs/vision/checkpoint.pt --data training/data/vision` (needs onnx, onnxruntime).
`export.py --again` takes the weights out of the published graphs instead: for graphs of another form, nothing trained anew.
Checks: the model in torch and the graphs (onnx_graphs.py) in onnxruntime agree within `TOLERANCE` over eight steps, every
operator is in `tensorrt-operators.json`, shapes are fixed, and no doc string (with a path of this machine) is left in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F
from torch.nn.utils import fuse_conv_bn_eval

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all exports share
import evaluate
import exporting
import scenes
from exporting import value
from model import CHANNELS, CLASSES, Refiner, expected_iou, plain_convolutions
from onnx_graphs import HEIGHT, WIDTH, EncoderGraph, RefineGraph, grid

TOLERANCE = 2e-4  # largest absolute difference of probabilities, energy and confidence over eight steps
LATENT_TOLERANCE = 5e-3  # of features and state, whose differences add up over the steps


class Reference:
    """What the graphs have to give: the model as it was trained, called as they are."""

    def __init__(self, model: Refiner, pool: int = 4) -> None:
        self.model, self.pool = model, pool

    def encode(self, image: torch.Tensor):
        p = self.pool
        small = image.float().reshape(1, HEIGHT // p, p, WIDTH // p, p, 3).mean(dim=(2, 4))
        return self.model.encoder(small.permute(0, 3, 1, 2))

    def step(self, features: torch.Tensor, state: torch.Tensor):
        refine = self.model.refine
        after = refine(features, state)
        cells = refine.cell_probs(after)
        probs = F.pixel_shuffle(cells.reshape(1, 4 * len(CLASSES), *grid(self.pool)), 2)
        if self.pool != 4:
            probs = F.interpolate(probs, scale_factor=self.pool / 4, mode="bilinear", align_corners=False)
        return after, probs, refine.loss_map(state, after, cells).mean(dim=(1, 2, 3)), expected_iou(probs)


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


def folded(model: Refiner) -> Refiner:
    """The same with ordinary convolutions alone."""
    plain_convolutions(model).eval()
    for block in (model.encoder.stem, model.encoder.body):
        if isinstance(block[1], torch.nn.BatchNorm2d):
            block[0], block[1] = fuse_conv_bn_eval(block[0], block[1]), torch.nn.Identity()
    return model


def load_model(checkpoint: Path) -> tuple[Refiner, dict]:
    held = torch.load(checkpoint, map_location="cpu")
    model = Refiner()
    model.load_state_dict(held["average"])
    return folded(model), held


def published(folder: Path) -> Refiner:
    """The model with the weights of graphs that were exported before."""
    model = folded(Refiner().eval())
    held = {w.name: torch.from_numpy(numpy_helper.to_array(w).copy()) for name in ("encoder", "refine") for w in onnx.load(str(folder / f"{name}.onnx")).graph.initializer}
    for kind in ("weight", "bias"):
        held[f"trunk.gates.{kind}"] = torch.cat([held.pop(f"gate.{kind}"), held.pop(f"new.{kind}")])
    for name, own in model.named_parameters():
        part, rest = name.split(".", 1)
        at = {"decode": "decode", "loss_hidden": "hidden", "loss_out": "out"}.get(rest.split(".")[0]) if part == "refine" else None
        found = held[f"trunk.{rest}" if at is None else f"{at}.{rest.split('.', 1)[1]}"]
        if found.shape != own.shape:
            raise SystemExit(f"{folder}: '{name}' is {list(found.shape)}, must be {list(own.shape)}")
        own.data.copy_(found)
    return model


def compare(model: Refiner, folder: Path, images: np.ndarray, pool: int = 4) -> tuple[float, float]:
    """Largest absolute differences between torch and onnxruntime over eight steps: answers, and latents."""
    reference, runner, worst, latent = Reference(model, pool), evaluate.OnnxRefiner(folder), 0.0, 0.0
    for image in images:
        full = evaluate.full_size(image)
        with torch.no_grad():
            features, state = reference.encode(torch.from_numpy(full)[None])
        f, s = runner.encode(full)
        latent = max(latent, float(np.abs(f - features.numpy()).max()), float(np.abs(s - state.numpy()).max()))
        for _ in range(8):
            with torch.no_grad():
                state, *rest = reference.step(features, state)
            s, *other = runner.step(f, s)
            latent = max(latent, float(np.abs(state.numpy() - s).max()))
            worst = max([worst] + [float(np.abs(a.numpy() - b).max()) for a, b in zip(rest, other)])
    if worst > TOLERANCE or latent > LATENT_TOLERANCE:
        raise SystemExit(f"{folder.name}: torch and onnxruntime differ by {worst:.1e} (latent {latent:.1e}), more than {TOLERANCE:.0e} ({LATENT_TOLERANCE:.0e})")
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


def manifest(args, training: dict, used, worst, metrics) -> dict:
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
        "training": training, "metrics": metrics,
    }


def about_training(args, held: dict) -> dict:
    return {
        "data": "rendered tabletop scenes from training/vision/scenes.py (random arms, blocks, clutter, hands, light, camera, sensor); no photographs, no images of the tabletop world",
        "scenes": args.scenes, "scene_seed": scenes.DEFAULT_SEED, "batches": args.batches, "batch": held["batch"],
        "command": "docs/models/vision.md",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/vision/checkpoint.pt"))
    parser.add_argument("--again", action="store_true", help="the weights of the published graphs; what the manifest says of the training stays")
    parser.add_argument("--data", type=Path, default=Path("training/data/vision"))
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--status", default="released", help="'preliminary' for a model that is to be replaced")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--scenes", type=int, help="scenes that the training saw, for the manifest")
    parser.add_argument("--batches", type=int, nargs="+", help="batches of each stage of the training, for the manifest")
    parser.add_argument("--limit", type=int, default=500, help="held-out scenes to measure on")
    args = parser.parse_args()
    if not args.again and (args.scenes is None or args.batches is None):
        parser.error("--scenes and --batches are needed for a new training")
    torch.set_num_threads(1)
    folder = args.out / "vision-refiner"
    if args.again:
        model, training = published(folder), json.loads((args.out / "vision-refiner.json").read_text())["training"]
    else:
        model, held = load_model(args.checkpoint)
        training = about_training(args, held)
    used = write_graphs(model, folder)
    images, labels = scenes.load(args.data, "held-out")
    images, labels = images[:args.limit], labels[:args.limit]
    worst = compare(model, folder, images[:4])
    cost = {name: multiplications(folder / f"{name}.onnx") for name in ("encoder", "refine")}
    if abs(cost["encoder"] / cost["refine"] - evaluate.ENCODER_SHARE) > 0.01:
        raise SystemExit(f"set evaluate.ENCODER_SHARE to {cost['encoder'] / cost['refine']:.3f}")
    metrics = evaluate.score(evaluate.OnnxRefiner(folder), images, labels)
    metrics["split"] = "held-out: camera poses, lights and table patterns outside the training ranges"
    metrics["multiply_adds"] = cost
    metrics["latency_ms"] = evaluate.latency(folder)
    text = json.dumps(manifest(args, training, used, worst, metrics), indent=2, ensure_ascii=False)
    (args.out / "vision-refiner.json").write_text(text + "\n")
    print(json.dumps({"operators": sorted(used), "worst": worst, "miou": {k: v["miou"] for k, v in metrics["steps"].items()}, "latency_ms": metrics["latency_ms"]}))


if __name__ == "__main__":
    main()
