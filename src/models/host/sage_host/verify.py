"""Files: those that the manifest names, with all their data inside (onnx.proto3, read as far as needed)."""

import hashlib
import os

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


def external_data(data, kind="model", depth=0):
    """The first file outside that the model refers to, or None."""
    if kind == "tensor":
        external, location = False, ""
        for number, value, part in fields(data):
            external |= (number == 14 and value == 1) or number == 13
            if number == 13 and part is not None:
                entry = [bytes(text).decode("utf-8", "replace") for _, _, text in fields(part) if text is not None]
                if entry[:1] == ["location"]:
                    location = entry[1] if len(entry) > 1 else ""
        return (location or "(unnamed)") if external else None
    if depth > NESTING_MAX:
        raise ValueError(f"not a usable ONNX file: nested deeper than {NESTING_MAX}")
    for number, _, part in fields(data):
        child = CHILDREN[kind].get(number)
        if child and part is not None:
            found = external_data(part, child, depth + 1 if child == "graph" else depth)
            if found is not None:
                return found
    return None


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
    try:
        outside = external_data(memoryview(data))
    except ValueError as error:
        raise Refused("SAGE_510", path, str(error)) from error
    if outside is not None:
        raise Refused("SAGE_510", path, f"it refers to data outside of the file: {outside}")
    return data
