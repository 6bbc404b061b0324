"""Exports a checkpoint as an ONNX graph of one refinement step, checks it, and writes the manifest.

Needs onnx and onnxruntime (training/.venv). Checks: torch and onnxruntime agree within `TOLERANCE` over all steps,
every operator is in `../vision/tensorrt-operators.json`, shapes are fixed, and no path of this machine is in the file.
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
import evaluate
import exporting
from batches import held_out, tokens_of
from exporting import session, value
from model import BELIEF, SLOTS, Refiner
from phrases import COLOURS, INTENTS, KINDS
from tokens import LETTERS, WORDS

TOLERANCE = {"fp32": 1e-3, "fp16": 5e-2}  # largest difference of probabilities over all steps
INPUTS = ["tokens", "beliefs", "meaning"]
OUTPUTS = ["next_beliefs", "next_meaning", "intent", "colour", "kind", "energy"]


class StepGraph(nn.Module):
    """tokens int32 [1,24,12], beliefs [1,24,128], meaning [1,4,128] -> next beliefs and meaning, logits, energy."""

    def __init__(self, model: Refiner) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("lexicon", model.lexicon())  # worked out once, and kept with the weights

    def forward(self, tokens: torch.Tensor, beliefs: torch.Tensor, meaning: torch.Tensor):
        after = self.model.read(self.model.hear_tokens(tokens, self.lexicon), torch.cat([beliefs, meaning], dim=1))
        meant = after[:, WORDS:]
        logits = self.model.logits(meant)
        return (after[:, :WORDS], meant, *logits, self.model.energy(meaning, meant, logits))


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def nothing() -> list:
    """Beliefs and meaning before the first step."""
    return [np.zeros((1, n, BELIEF), dtype=np.float32) for n in (WORDS, SLOTS)]


def told(graph: StepGraph, tokens: np.ndarray) -> list:
    """What torch says of each utterance after each step: meaning, logits, energy."""
    out = []
    for one in tokens:
        state, steps = [torch.from_numpy(x) for x in nothing()], []
        for _ in range(evaluate.STEPS):
            with torch.no_grad():
                *state, intent, colour, kind, energy = graph(torch.from_numpy(one[None]), *state)
            steps.append([x.numpy() for x in (state[1], intent, colour, kind, energy)])
        out.append(steps)
    return out


def compare(truth: list, path: Path, tokens: np.ndarray) -> dict:
    """Largest differences between torch and onnxruntime over all steps: probabilities, energy, meaning; and how often
    the most probable verb is another."""
    runner, worst, verbs = session(path), {"probabilities": 0.0, "energy": 0.0, "meaning": 0.0}, 0
    for one, steps in zip(tokens, truth):
        b = nothing()
        for meaning, intent, colour, kind, energy in steps:
            *b, i, c, k, e = runner.run(OUTPUTS, dict(zip(INPUTS, [one[None], *b])))
            for x, y in ((intent, i), (colour, c), (kind, k)):
                worst["probabilities"] = max(worst["probabilities"], float(np.abs(softmax(x) - softmax(y)).max()))
            worst["energy"] = max(worst["energy"], float(np.abs(energy - e).max()))
            worst["meaning"] = max(worst["meaning"], float(np.abs(meaning - b[1]).max()))
        verbs += int(intent.argmax() != i.argmax())
    return {k: float(f"{v:.3g}") for k, v in worst.items()} | {"other_verbs": verbs, "utterances": len(tokens)}


def latency(path: Path, tokens: np.ndarray) -> dict:
    """Processor time of a step, ms: wall time beside other work would say more of that."""
    runner, times = session(path), []
    for i in range(220):
        began = time.process_time()
        runner.run(OUTPUTS, dict(zip(INPUTS, [tokens[i % len(tokens)][None], *nothing()])))
        times.append((time.process_time() - began) * 1000)
    return {"threads": 1, "step": {"p50": round(float(np.median(times[20:])), 2), "p95": round(float(np.percentile(times[20:], 95)), 2)}}


def multiplications(model: Refiner) -> int:
    """Multiply-adds of one step: letters, layers with their attention, and what follows."""
    d, t, channels = model.size.width, WORDS + SLOTS, model.letters.convs[0].out_channels
    letters = WORDS * (LETTERS * 32 * channels * (1 + 3 + 5) + 3 * channels * d)
    layers = model.size.layers * (t * 12 * d * d + 2 * t * t * d)
    again = 0 if model.again is None else WORDS * (model.denoise.out_features * (BELIEF + d) + 2 * d * d)
    return letters + layers + t * 3 * d * BELIEF + again


def manifest(args, held: dict, files: list, used: list, tolerance: dict, metrics: dict) -> dict:
    beliefs, latent = [1, WORDS, BELIEF], [1, SLOTS, BELIEF]
    return {
        "id": "language-refiner", "version": args.version, "task": "language-refiner", "status": args.status,
        "description": "Reads a noisy utterance into verb, colour and kind: one weight-tied step that is run as often as it pays.",
        "licence": "Apache-2.0", "capabilities": ["language", "intent", "iterative"], "modalities": {"text": "tokens"}, "opset": exporting.OPSET, "files": files,
        "graphs": {"step": {
            "inputs": [value("tokens", "int32", [1, WORDS, LETTERS], "words by letters: 1-26 a-z, 27 apostrophe, 28 digit, 29 a word that was not heard, 0 nothing"),
                       value("beliefs", "float32", beliefs, "zeros at first, then next_beliefs of the step before", "-1..1"),
                       value("meaning", "float32", latent, "zeros at first, then next_meaning of the step before", "-1..1")],
            "outputs": [value("next_beliefs", "float32", beliefs, "what each word is believed to be after this step", "-1..1"),
                        value("next_meaning", "float32", latent, "the meaning after this step", "-1..1"),
                        value("intent", "float32", [1, len(INTENTS)], "logits of " + ", ".join(INTENTS)),
                        value("colour", "float32", [1, len(COLOURS)], "logits of " + ", ".join(COLOURS)),
                        value("kind", "float32", [1, len(KINDS)], "logits of " + ", ".join(KINDS)),
                        value("energy", "float32", [1], "the model's estimate of its own cross-entropy, nats; lower is better")]}},
        "operators": used, "steps": {"trained": [1, 9], "default_max": evaluate.STEPS}, "tolerance": tolerance,
        "training": {"data": "utterances from training/language/utterances.py (templates, paraphrases, distractors; noise of recognisers and typing); no recordings",
                     "layers": held["layers"], "width": held["width"], "parameters": args.parameters, "batches": held["step"],
                     "batch": held["batch"], "utterances": held["step"] * held["batch"], "cpu_s": round(held["cpu_s"]), "seed": held["seed"], "command": "docs/models/language.md"},
        "metrics": metrics,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/language/checkpoint.pt"))
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--status", default="released", help="'preliminary' for a model that is to be replaced")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--scores", type=Path, nargs="*", default=[], help="what evaluate.py printed, for the manifest")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, held = evaluate.load(args.checkpoint)
    if model.again is None:
        model.denoise = None  # only for training
    args.parameters = sum(p.numel() for p in model.parameters())
    folder = args.out / "language-refiner"
    folder.mkdir(parents=True, exist_ok=True)
    graph = StepGraph(model).eval()
    example = (torch.ones(1, WORDS, LETTERS, dtype=torch.int32), *(torch.from_numpy(x) for x in nothing()))
    full, half = folder / "step.onnx", folder / "step-fp16.onnx"
    used = exporting.write(graph, example, (INPUTS, OUTPUTS), full, "step")
    exporting.half(full, half)
    used |= exporting.checked(half)
    tokens = tokens_of(held_out("val", 8, held["words"])[0])
    tolerance, truth = {}, told(graph, tokens)
    for path, precision in ((full, "fp32"), (half, "fp16")):
        tolerance[precision] = {"limit": TOLERANCE[precision], "measured": compare(truth, path, tokens)}
        if tolerance[precision]["measured"]["probabilities"] > TOLERANCE[precision]:
            raise SystemExit(f"{precision}: torch and onnxruntime differ: {tolerance[precision]}")
    tolerance["what"] = f"largest absolute difference to torch over {evaluate.STEPS} steps; the limit is for probabilities"
    metrics = {}
    for path in args.scores:
        metrics |= json.loads(path.read_text())
    metrics["multiply_adds"] = multiplications(model)
    metrics["cpu_ms"] = latency(full, tokens)
    files = [exporting.entry(args.out, full, "step", "fp32"), exporting.entry(args.out, half, "step", "fp16")]
    text = json.dumps(manifest(args, held, files, sorted(used), tolerance, metrics), indent=2, ensure_ascii=False)
    (args.out / "language-refiner.json").write_text(text + "\n")
    print(json.dumps({"operators": sorted(used), "tolerance": tolerance, "cpu_ms": metrics["cpu_ms"]}))


if __name__ == "__main__":
    main()
