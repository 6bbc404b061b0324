"""What the exports share: writing an ONNX graph without a trace of this machine, its checks, and its entry in a manifest.

Needs onnx and onnxruntime (requirements.txt). Scripts in the folders below take it from the folder above theirs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

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


def half(path: Path, out: Path) -> None:
    """The same graph with weights and arithmetic in FP16; float inputs and outputs stay FP32 by casts at the border."""
    model = onnx.load(str(path))
    graph = model.graph
    for weight in graph.initializer:
        if weight.data_type == TensorProto.FLOAT:
            weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), weight.name))
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name == "value" and attribute.t.data_type == TensorProto.FLOAT:
                attribute.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(attribute.t).astype(np.float16)))
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    first, last, given = [], [], {value.name for value in graph.input}
    for value in [*graph.input, *graph.output]:
        if value.type.tensor_type.elem_type != TensorProto.FLOAT:
            continue
        own = f"{value.name}_16"
        for node in graph.node:
            node.input[:] = [own if name == value.name else name for name in node.input]
            node.output[:] = [own if name == value.name else name for name in node.output]
        if value.name in given:
            first.append(helper.make_node("Cast", [value.name], [own], to=TensorProto.FLOAT16))
        else:
            last.append(helper.make_node("Cast", [own], [value.name], to=TensorProto.FLOAT))
    nodes = first + list(graph.node) + last
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, str(out))


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
