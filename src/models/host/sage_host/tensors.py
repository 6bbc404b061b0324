"""Element types, and what they are called: by the protocol, by numpy, by onnxruntime."""

import math

import numpy as np

from .errors import Refused

DTYPES = {
    "float32": np.float32, "float16": np.float16, "float64": np.float64, "uint8": np.uint8, "int8": np.int8,
    "uint16": np.uint16, "int16": np.int16, "int32": np.int32, "int64": np.int64, "bool": np.bool_,
}
NAMES = {np.dtype(kind): name for name, kind in DTYPES.items()}
ORT_TYPES = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64", "tensor(uint8)": "uint8",
    "tensor(int8)": "int8", "tensor(uint16)": "uint16", "tensor(int16)": "int16", "tensor(int32)": "int32",
    "tensor(int64)": "int64", "tensor(bool)": "bool",
}


def address_of(array):
    return array.__array_interface__["data"][0]


def is_finite(array):
    if array.dtype.kind != "f":
        return True
    return math.isfinite(array.item()) if array.size == 1 else bool(np.logical_and.reduce(np.isfinite(array), axis=None))


def require_finite(array, where):
    if not is_finite(array):
        raise Refused("SAGE_507", where, "it has NaN or infinity")


def received(tensor, body, where):
    """A view on the body."""
    kind = np.dtype(DTYPES[tensor["dtype"]])
    count = math.prod(tensor["dims"])
    if tensor["offset"] + tensor["bytes"] > len(body) or count * kind.itemsize != tensor["bytes"]:
        raise Refused("SAGE_508", where, f'tensor "{tensor["name"]}" does not fit into a body of {len(body)} bytes')
    return np.frombuffer(body, kind, count, tensor["offset"]).reshape(tensor["dims"])
