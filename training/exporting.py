"""What the exports share: writing an ONNX graph without a trace of this machine, its checks, and its entry in a manifest.

Needs onnx and onnxruntime (requirements.txt). Scripts in the folders below take it from the folder above theirs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import onnxruntime as ort

if TYPE_CHECKING:  # scoring needs no torch
    from torch import nn

HERE = Path(__file__).resolve().parent
OPERATORS = HERE / "vision" / "tensorrt-operators.json"
OPSET = 13


def session(path: Path, threads: int = 1) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def clean(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """Takes out what names this machine, and checks the graph."""
    model.doc_string, model.producer_name, model.producer_version = "", "sage", "1"
    model.graph.name, model.graph.doc_string = name, ""
    del model.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    return model


def write(module: nn.Module, inputs: tuple, names: tuple, path: Path, name: str) -> set[str]:
    """Exports a graph of that `name` with the input and output `names`, and checks it; returns its operators."""
    import torch

    torch.onnx.export(module, inputs, str(path), input_names=names[0], output_names=names[1], opset_version=OPSET, do_constant_folding=True)
    onnx.save(clean(onnx.load(str(path)), name), str(path))
    return checked(path)


def checked(path: Path) -> set[str]:
    """The operators of a graph; fails on one that TensorRT is not listed to support, an open shape, or a path of this machine."""
    model = onnx.load(str(path))
    used = {n.op_type for n in model.graph.node}
    missing = sorted(used - set(json.loads(OPERATORS.read_text())["operators"]) - {"Constant"})
    if missing:
        raise SystemExit(f"{path.name}: operators that are not on the TensorRT list: {missing}")
    for value in list(model.graph.input) + list(model.graph.output):
        if any(not d.HasField("dim_value") for d in value.type.tensor_type.shape.dim):
            raise SystemExit(f"{path.name}: '{value.name}' has no fixed shape")
    for weight in model.graph.initializer:
        weight.ClearField("raw_data")  # numbers may look like anything
    held = model.SerializeToString()
    if str(HERE.parent).encode() in held or b".py" in held:
        raise SystemExit(f"{path.name}: holds a path of this machine")
    return used


def entry(folder: Path, path: Path, name: str, precision: str) -> dict:
    """A file as it stands in a manifest that lies in `folder`."""
    data = path.read_bytes()
    return {"name": name, "path": path.relative_to(folder).as_posix(), "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "precision": precision}


def value(name: str, dtype: str, shape: list[int], meaning: str, normalisation: str = "none", **more) -> dict:
    """An input or output as it stands in a manifest."""
    return {"name": name, "dtype": dtype, "shape": shape, "meaning": meaning, "normalisation": normalisation} | more
