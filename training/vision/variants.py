"""Makes the family of the vision refiner: FP16 and INT8 files, and a coarser member, from the trained weights.

`variants.py --data training/data/vision --frames sim-frames`
(after export.py, of whose graphs it takes the weights; needs onnx, onnxruntime, and the splits train, calm, work, val and
held-out of scenes.py). Nothing is trained here.

vision-refiner-coarse: the same weights on the picture reduced 5×5 instead of 4×4, so on 0.64 of the places.
FP16: for runtimes that compute in it (TensorRT, CUDA). A CPU casts back and forth and is slower.
INT8: QDQ, activations uint8 and asymmetric, weights of 7 bits per output channel, so that no processor saturates;
calibrated on pictures of the training splits. For CPUs; TensorRT wants symmetric ranges and makes its own.

In FP16 and INT8 the trunk is converted, the convolutions and what lies between them, and what reads the new state: the
logits and what the energy sees of the state. What normalises the picture, the gates and the update of the state, the
softmax, energy and confidence stay FP32: quantised gates cost 1.2 points of mIoU. Inputs and outputs are the same, so a
refinement can go on from one precision to the other.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

sys.path.append(str(Path(__file__).resolve().parents[1]))  # for what all exports share
import evaluate
import export
import exporting
import scenes

GRAPHS = ("encoder", "refine")
FULL, COARSE = "vision-refiner", "vision-refiner-coarse"
POOL = {FULL: 4, COARSE: 5}
PRECISIONS = ("fp32", "fp16", "int8")
TOLERANCE_FP16 = 0.05  # largest difference of probabilities to FP32 over eight steps
TRUNK_OPS = ("Conv", "Relu", "Add", "Resize")
PICTURES = {"train": 20, "calm": 20, "work": 20}  # of each split for the calibration
DECODE, GATES = "/decode/Conv", ("/gate/Conv", "/new/Conv")
HEADS = (DECODE, "/hidden/a/Conv")  # converted in INT8, too
MULTIPLE = 16  # outputs of a convolution that its kernel in INT8 works out together
LOGIT_MAX = 6.0  # of a class over the mean of all; a class as sure as that has 0.9998
STEPS = 2  # of each picture's refinement
EPS, TAU = 3e-2, 0.45  # early stop of the plugin's parameters


def trunk(graph: onnx.GraphProto) -> set[str]:
    """Names of the nodes that are converted."""
    return {n.name for n in graph.node if n.op_type in TRUNK_OPS and n.name.startswith("/trunk/")}


def strip(model: onnx.ModelProto, path: Path) -> None:
    """Checks and writes a graph without what names this machine."""
    exporting.clean(model, path.stem)
    path.write_bytes(model.SerializeToString(deterministic=True))


def half(source: Path, out: Path) -> None:
    """Trunk and decoder in FP16, between casts."""
    model = onnx.load(str(source))
    graph = model.graph
    inside = {n.name for n in graph.node if n.name in trunk(graph) or n.name in (DECODE, *GATES)}
    weights = {w.name: w for w in graph.initializer}
    made = {o for n in graph.node if n.name in inside for o in n.output}
    needed_outside = {i for n in graph.node if n.name not in inside for i in n.input} | {o.name for o in graph.output}
    nodes, cast = [], set()
    for node in graph.node:
        if node.name not in inside:
            nodes.append(node)
            continue
        for at, name in enumerate(node.input):
            if node.op_type == "Resize" and at > 0 or not name:
                continue
            if name in weights:
                held = weights[name]
                if held.data_type == TensorProto.FLOAT:
                    held.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(held).astype(np.float16), name))
                continue
            if name not in made and name not in cast:
                nodes.append(helper.make_node("Cast", [name], [f"{name}_half"], name=f"{name}_to_half", to=TensorProto.FLOAT16))
                cast.add(name)
            node.input[at] = f"{name}_half"
        whole = node.output[0]
        node.output[0] = f"{whole}_half"
        nodes.append(node)
        if whole in needed_outside:
            nodes.append(helper.make_node("Cast", [f"{whole}_half"], [whole], name=f"{whole}_from_half", to=TensorProto.FLOAT))
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    strip(model, out)


class Feeds(CalibrationDataReader):
    def __init__(self, feeds: list[dict]) -> None:
        self.feeds = iter(feeds)

    def get_next(self) -> dict | None:
        return next(self.feeds, None)


def calibration(folder: Path, data: Path) -> dict[str, list[dict]]:
    """What the graphs are fed for pictures of the training splits, by graph."""
    runner = evaluate.OnnxRefiner(folder)
    feeds: dict[str, list[dict]] = {name: [] for name in GRAPHS}
    for split, count in PICTURES.items():
        for image in scenes.load(data, split)[0][:count]:
            full = evaluate.full_size(image)
            feeds["encoder"].append({"image": full[None]})
            features, state = runner.encode(full)
            for _ in range(STEPS):
                feeds["refine"].append({"features": features, "state": state})
                state = runner.step(features, state)[0]
    return feeds


def quantise(source: Path, out: Path, feeds: list[dict]) -> None:
    model = onnx.load(str(source))
    prepare(model.graph)
    onnx.save(model, str(out))
    inside = trunk(model.graph) | {n.name for n in model.graph.node if n.name in HEADS}
    quantize_static(str(out), str(out), Feeds(feeds), quant_format=QuantFormat.QDQ, op_types_to_quantize=list(TRUNK_OPS),
                    per_channel=True, reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                    nodes_to_exclude=[n.name for n in model.graph.node if n.name not in inside],
                    calibrate_method=CalibrationMethod.MinMax, extra_options={"ActivationSymmetric": False, "WeightSymmetric": True})
    model = onnx.load(str(out))
    keep_whole(model.graph, inside)
    narrow(model.graph)
    spread(model.graph)
    count_up(model.graph)
    strip(model, out)


def weights_of(graph: onnx.GraphProto) -> dict:
    return {w.name: w for w in graph.initializer}


def prepare(graph: onnx.GraphProto) -> None:
    """Readies the logits for eight bits: the mean over the classes goes out of them, which the probabilities do not see, so
    that there is less to hold; and a few that are nought make their number one that kernels are made for."""
    weights, classes = weights_of(graph), len(evaluate.CLASSES)
    decode = next((n for n in graph.node if n.name == DECODE), None)
    if decode is None:
        return
    for name in decode.input[1:]:
        held = numpy_helper.to_array(weights[name])
        by_class = held.reshape(classes, -1)
        count, centred = len(held), (by_class - by_class.mean(0)).reshape(held.shape)
        more = np.zeros((-count % MULTIPLE, *held.shape[1:]), held.dtype)
        weights[name].CopyFrom(numpy_helper.from_array(np.concatenate([centred, more]), name))
    given = decode.output[0]
    decode.output[0] = f"{given}_more"
    for kind, numbers in (("begin", [0]), ("end", [count]), ("axis", [1])):
        graph.initializer.append(numpy_helper.from_array(np.array(numbers, np.int64), f"{given}_{kind}"))
    at = list(graph.node).index(decode) + 1
    graph.node.insert(at, helper.make_node("Slice", [decode.output[0], *(f"{given}_{kind}" for kind in ("begin", "end", "axis"))], [given], name="/decode/own"))


def keep_whole(graph: onnx.GraphProto, inside: set[str]) -> None:
    """What is not converted reads, and gives, what it makes itself as it is, and not as the converted nodes have it in eight bits."""
    made = {o: n for n in graph.node for o in n.output}
    outputs = {o.name for o in graph.output}
    for node in [n for n in graph.node if n.op_type == "DequantizeLinear"]:
        whole = made[node.input[0]].input[0] if node.input[0] in made else ""
        if not whole or whole in made and made[whole].name in inside:
            continue
        rounded, given = node.output[0], node.output[0] in outputs
        if given:
            node.output[0] = f"{rounded}_rounded"
        for other in graph.node:
            if other.name in inside:
                other.input[:] = [node.output[0] if name == rounded else name for name in other.input]
            elif given:
                other.input[:] = [rounded if name == whole else name for name in other.input]
                other.output[:] = [rounded if name == whole else name for name in other.output]
            else:
                other.input[:] = [whole if name == rounded else name for name in other.input]


def narrow(graph: onnx.GraphProto) -> None:
    """The logits in steps as small as the softmax needs: what lies beyond LOGIT_MAX is certain."""
    weights = weights_of(graph)
    decode = next((n for n in graph.node if n.name == DECODE), None)
    if decode is None:
        return
    node = next(n for n in graph.node if n.op_type == "QuantizeLinear" and n.input[0] == decode.output[0])
    weights[node.input[1]].CopyFrom(numpy_helper.from_array(np.array(2 * LOGIT_MAX / 255, np.float32), node.input[1]))
    weights[node.input[2]].CopyFrom(numpy_helper.from_array(np.array(128, np.uint8), node.input[2]))


def count_up(graph: onnx.GraphProto) -> None:
    """The gates read the trunk's last bytes as numbers, their weights times what a step of them is. As one DequantizeLinear
    for both, onnxruntime would do it once for each."""
    weights = weights_of(graph)
    gates = [n for n in graph.node if n.name in GATES]
    for node in [n for n in graph.node if gates and n.output[0] == gates[0].input[0]]:
        scale, zero = (numpy_helper.to_array(weights[name]) for name in node.input[1:])
        if zero != 0:
            raise SystemExit("the trunk's last bytes begin at zero, after a Relu")
        for gate in gates:
            held = weights[gate.input[1]]
            held.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(held) * scale, held.name))
        node.CopyFrom(helper.make_node("Cast", [node.input[0]], [node.output[0]], name=f"{node.name}/numbers", to=TensorProto.FLOAT))


def spread(graph: onnx.GraphProto) -> None:
    """Doubles rows and columns by copies of bytes instead of Resize, channels last: onnxruntime has no fast way for bytes."""
    inferred = onnx.shape_inference.infer_shapes(onnx.ModelProto(graph=graph, opset_import=[helper.make_opsetid("", exporting.OPSET)], ir_version=7)).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in inferred.value_info}
    made = {o: n for n in graph.node for o in n.output}
    nodes = []
    for node in graph.node:
        source = made.get(node.input[0]) if node.input else None
        if node.op_type == "Resize" and node.name.startswith("/trunk/"):
            continue
        if node.op_type != "QuantizeLinear" or source is None or source.op_type != "Resize":
            nodes.append(node)
            continue
        small = made[source.input[0]].input[0]
        nodes += doubled(small, node.output[0], source.name, shapes[small], graph)
    del graph.node[:], graph.value_info[:]
    read = {name for node in nodes for name in node.input}
    graph.node.extend(n for n in nodes if n.op_type != "Constant" or n.output[0] in read)


def doubled(small: str, large: str, name: str, shape: list[int], graph: onnx.GraphProto) -> list:
    """Nodes that make `large` [1,C,2H,2W] of `small` [1,C,H,W]."""
    _, channels, rows, columns = shape
    def formed(kind: str, *dims: int) -> str:
        graph.initializer.append(numpy_helper.from_array(np.array(dims, np.int64), f"{name}_{kind}"))
        return f"{name}_{kind}"
    def made(op: str, inputs: list[str], kind: str, **more):
        return helper.make_node(op, inputs, [f"{name}_{kind}_out"], name=f"{name}/{kind}", **more)
    nodes = [made("Transpose", [small], "last", perm=[0, 2, 3, 1])]
    for kind, dims in (("columns", (rows * columns, 1, channels)), ("rows", (rows, 1, 2 * columns * channels))):
        nodes.append(made("Reshape", [nodes[-1].output[0], formed(f"{kind}_shape", *dims)], f"{kind}_of"))
        nodes.append(made("Concat", [nodes[-1].output[0]] * 2, kind, axis=1))
    nodes.append(made("Reshape", [nodes[-1].output[0], formed("shape", 1, 2 * rows, 2 * columns, channels)], "all"))
    nodes.append(made("Transpose", [nodes[-1].output[0]], "first", perm=[0, 3, 1, 2]))
    nodes[-1].output[0] = large
    return nodes


class Variant(evaluate.OnnxRefiner):
    """The two graphs in one precision."""

    def __init__(self, folder: Path, precision: str) -> None:
        self.encoder = exporting.session(file_of(folder, "encoder", precision))
        self.refine = exporting.session(file_of(folder, "refine", precision))


def file_of(folder: Path, graph: str, precision: str) -> Path:
    return folder / (f"{graph}.onnx" if precision == "fp32" else f"{graph}-{precision}.onnx")


def cpu_ms(runner: evaluate.OnnxRefiner, runs: int = 60) -> dict:
    """Median CPU time of a run on one thread: it says the same whatever else the machine does."""
    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    features, state = runner.encode(image)
    out = {}
    for name, call in (("encoder", lambda: runner.encode(image)), ("refine", lambda: runner.step(features, state))):
        took = []
        for _ in range(runs):
            began = time.process_time()
            call()
            took.append(1000 * (time.process_time() - began))
        out[name] = round(float(np.median(took)), 2)
    return out


def brief(runner: evaluate.OnnxRefiner, images, labels) -> dict:
    """What the manifest says of a variant on one split."""
    score = evaluate.score(runner, images, labels)
    stop = next(row for row in score["early_stop"] if (row["eps"], row["tau"]) == (EPS, TAU))
    steps = {k: score["steps"][k]["miou"] for k in ("1", "2", "4", "8")}
    return {"images": len(images), "miou_by_step": steps, "miou_2_95": score["steps"]["2"]["miou_95"], "iou_2": score["steps"]["2"]["iou"],
            "early_stop": {"eps": EPS, "tau": TAU, "mean_steps": stop["mean_steps"], "miou": stop["miou"]},
            "energy_spearman_with_loss": score["energy"]["spearman_with_loss"]}


def entries(folder: Path, precision: str) -> list[dict]:
    return [exporting.entry(folder.parent, file_of(folder, name, precision), name, precision) for name in GRAPHS]


def operators(folder: Path, precision: str) -> set[str]:
    return {n.op_type for name in GRAPHS for n in onnx.load(str(file_of(folder, name, precision))).graph.node}


def difference(folder: Path, precision: str, images) -> float:
    """Largest difference of probabilities to FP32 over eight steps."""
    one, other, worst = Variant(folder, "fp32"), Variant(folder, precision), 0.0
    for image in images:
        full = evaluate.full_size(image)
        (f, s), (g, t) = one.encode(full), other.encode(full)
        for _ in range(8):
            s, probs, *_ = one.step(f, s)
            t, near, *_ = other.step(g, t)
            worst = max(worst, float(np.abs(probs - near).max()))
    return round(worst, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("training/data/vision"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--frames", type=Path, help="labelled frames of the tabletop world, see evaluate.py --folder")
    parser.add_argument("--limit", type=int, default=500, help="pictures of each split to measure on")
    parser.add_argument("--unmeasured", action="store_true", help="write the files alone; the figures of the manifests stay")
    parser.add_argument("--complexity-max", type=float, default=0.8, help="of the coarse member")
    args = parser.parse_args()
    export.torch.set_num_threads(1)
    model = export.published(args.models / FULL)
    export.write_graphs(model, args.models / COARSE, POOL[COARSE])
    export.compare(model, args.models / COARSE, scenes.load(args.data, "held-out")[0][:4], POOL[COARSE])
    for member in POOL:
        folder = args.models / member
        feeds = calibration(folder, args.data)
        for name in GRAPHS:
            half(folder / f"{name}.onnx", folder / f"{name}-fp16.onnx")
            quantise(folder / f"{name}.onnx", folder / f"{name}-int8.onnx", feeds[name])
    write_manifests(args, {member: known(args, member) if args.unmeasured else measure(args, args.models / member) for member in POOL})


def known(args, member: str) -> dict:
    """The figures that a manifest has already."""
    return json.loads((args.models / f"{member}.json").read_text())["metrics"]["variants"]


def measure(args, folder: Path) -> dict:
    """Figures of a member by precision: costs, and how good it is against the ground truth."""
    splits = {split: scenes.load(args.data, split) for split in ("val", "held-out")}
    if args.frames is not None:
        splits["tabletop"] = evaluate.read_folder(args.frames, None)
    off = difference(folder, "fp16", splits["val"][0][:4])
    if off > TOLERANCE_FP16:
        raise SystemExit(f"{folder.name}: FP16 differs from FP32 by {off}")
    out: dict = {"multiply_adds": {name: export.multiplications(folder / f"{name}.onnx") for name in GRAPHS},
                 "fp16": {"largest_difference_to_fp32": off, "what": "probabilities over 8 steps, 4 pictures"}}
    for precision in ("fp32", "int8"):
        runner = Variant(folder, precision)
        out[precision] = {"cpu_ms": cpu_ms(runner)}
        for split, (images, labels) in splits.items():
            out[precision][split] = brief(runner, images[:args.limit], labels[:args.limit])
        if args.frames is not None:
            out[precision]["tabletop"]["blocks"] = evaluate.block_recall(runner, args.frames, args.limit)
        print(folder.name, precision, json.dumps(out[precision]), flush=True)
    return out


def write_manifests(args, figures: dict) -> None:
    """The full model gets its variants and its family, the coarse one a manifest of its own."""
    full = json.loads((args.models / f"{FULL}.json").read_text())
    full["metrics"].pop("variants", None)
    kept = ("version", "task", "status", "licence", "capabilities", "modalities", "opset", "classes", "steps", "training")
    coarse = {"id": COARSE, "description": "The vision refiner on a coarser picture: the cheaper member of its family."}
    coarse |= {key: full[key] for key in kept} | {"complexity_max": args.complexity_max, "metrics": {}}
    for member, held in ((FULL, full), (COARSE, coarse)):
        folder, (rows, columns) = args.models / member, export.grid(POOL[member])
        held |= {"family": FULL, "carries": f"vision-refiner-{rows}x{columns}", "graphs": export.graphs(POOL[member])}
        held["files"] = [entry for precision in PRECISIONS for entry in entries(folder, precision)]
        held["operators"] = sorted(set().union(*(operators(folder, precision) for precision in PRECISIONS)))
        held["metrics"]["variants"] = figures[member]
        (args.models / f"{member}.json").write_text(json.dumps(held, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
