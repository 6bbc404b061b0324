"""Files: those that the manifest names, with all their data inside (onnx.proto3, read as far as needed)."""

import hashlib
import math
import os

import numpy as np

from .errors import Refused

NESTING_MAX = 16


def varint(data, at):
    value = 0
    for i in range(10):
        if at + i >= len(data):
            raise ValueError("not a valid ONNX file: it ends inside a number")
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise ValueError("not a valid ONNX file: a number of more than ten bytes")


def fields(data):
    """(number, value, bytes) of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
            yield number, value, None
        elif wire == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                raise ValueError("not a valid ONNX file: it ends inside a field")
            yield number, 0, data[at:at + length]
            at += length
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise ValueError(f"not a valid ONNX file: wire type {wire}")


# Which message lies under which field of which message; what is not listed cannot hold a tensor (onnx.proto3).
CHILDREN = {
    "model": {7: "graph", 20: "training", 25: "function"}, "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"}, "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"}, "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}


# Types of tensors by their number in ONNX.
ELEMENTS = {1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64"}


def external_tensor(data):
    """What a tensor says of data outside of the file: name, file, offset, length, type, dims; or None."""
    external, entry, name, kind, dims = False, {}, "", 0, []
    for number, value, part in fields(data):
        external |= (number == 14 and value == 1) or number == 13
        if number == 1 and part is None:
            dims.append(value)
        elif number == 1:
            at = 0
            while at < len(part):
                dim, at = varint(part, at)
                dims.append(dim)
        elif number == 2 and part is None:
            kind = value
        elif number == 8 and part is not None:
            name = bytes(part).decode("utf-8", "replace")
        elif number == 13 and part is not None:
            texts = [bytes(text).decode("utf-8", "replace") for _, _, text in fields(part) if text is not None]
            entry[texts[0] if texts else ""] = texts[1] if len(texts) > 1 else ""
    if not external:
        return None
    return {"name": name, "file": entry.get("location") or "(unnamed)", "offset": int(entry.get("offset", 0)),
            "bytes": int(entry["length"]) if "length" in entry else None, "dtype": ELEMENTS.get(kind), "dims": dims}


def external_data(data, kind="model", depth=0):
    """The tensors whose data lie outside of the file. `inner`: not one of the weights of the graph itself."""
    if kind == "tensor":
        tensor = external_tensor(data)
        return [] if tensor is None else [tensor]
    if depth > NESTING_MAX:
        raise ValueError(f"not a usable ONNX file: nested deeper than {NESTING_MAX}")
    found = []
    for number, _, part in fields(data):
        child = CHILDREN[kind].get(number)
        if child and part is not None:
            weight = kind == "graph" and depth == 1 and child == "tensor"
            found += [tensor if weight else {**tensor, "inner": tensor.get("inner", kind != "model")}
                      for tensor in external_data(part, child, depth + 1 if child == "graph" else depth)]
    return found


def read_verified(path, expected_bytes, sha256):
    """The bytes of a file when they are those that the manifest names: what was hashed is what is used."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != expected_bytes:
                raise Refused("SAGE_502", path, f"{size} bytes, the manifest says {expected_bytes}")
            data = file.read()
    except OSError as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        raise Refused("SAGE_501", path, "no such file" if missing else f"not readable: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Refused("SAGE_502", path, f"sha256 {found}")
    return data


def read_graph(graph):
    """The bytes of a graph, and its weights that lie in files of their own, by name: of those files alone that it is told to
    be loaded with, which lie beside it."""
    path = graph["path"]
    data = read_verified(path, graph["bytes"], graph["sha256"])
    try:
        outside = external_data(memoryview(data))
    except ValueError as error:
        raise Refused("SAGE_510", path, str(error)) from error
    beside = {file["path"]: file for file in graph.get("data", [])}
    contents, weights = {}, {}
    for tensor in outside:
        name, own = tensor["file"], os.path.join(os.path.dirname(path), tensor["file"])
        if own not in beside or os.path.basename(name) != name or tensor.get("inner"):
            raise Refused("SAGE_510", path, f"it refers to external data: {name}")
        if own not in contents:
            contents[own] = read_verified(own, beside[own]["bytes"], beside[own]["sha256"])
        weights[tensor["name"]] = weight_of(tensor, contents[own], path)
    return data, weights


def weight_of(tensor, content, path):
    """A view on the bytes of its file."""
    where = f"{path} weight {tensor['name']}"
    if tensor["dtype"] is None:
        raise Refused("SAGE_510", where, "a type of numbers that cannot lie in a file of its own here")
    dtype, count = np.dtype(tensor["dtype"]), math.prod(tensor["dims"])
    size = count * dtype.itemsize
    if tensor["bytes"] not in (None, size) or tensor["offset"] < 0 or tensor["offset"] + size > len(content):
        raise Refused("SAGE_510", where, f"{size} bytes at {tensor['offset']} are not in its file of {len(content)} bytes")
    return np.frombuffer(content, dtype, count, tensor["offset"]).reshape(tensor["dims"])
