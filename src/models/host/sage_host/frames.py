"""Frames: two lengths, a header in JSON, a body of raw tensors."""

import json
import os
import struct

import numpy as np

from . import lane as shared
from .errors import Refused
from .streams import INPUT, OUTPUT
from .tensors import NAMES

PROTOCOL = 1
PREFIX = struct.Struct("<II")
HEADER_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 1 << 29
ALIGNMENT = 8


def read_exactly(count, first=False):
    """`count` bytes of stdin; None where the input ends before the first of a frame."""
    parts = bytearray(count)
    view, filled = memoryview(parts), 0
    while filled < count:
        got = os.readv(INPUT, [view[filled:]])
        if got == 0:
            if first and filled == 0:
                return None
            raise EOFError("the input ended inside a frame")
        filled += got
    return parts


def read_frame():
    prefix = read_exactly(PREFIX.size, first=True)
    if prefix is None:
        return None
    header_bytes, body_bytes = PREFIX.unpack(prefix)
    if header_bytes < 2 or header_bytes > HEADER_BYTES_MAX or body_bytes > BODY_BYTES_MAX:
        raise ValueError(f"a frame of {header_bytes} + {body_bytes} bytes is not of this protocol")
    header = json.loads(bytes(read_exactly(header_bytes)))
    return header, read_exactly(body_bytes) if body_bytes else bytearray()


def write_all(data):
    view = memoryview(data).cast("B")
    while len(view):
        view = view[os.write(OUTPUT, view):]


def write_frame(header, tensors=(), lane=None):
    """`tensors` is a list of (name, array); they follow the header, each at a multiple of ALIGNMENT."""
    listed, pieces, offset = [], [], 0
    for name, array in tensors:
        array = np.ascontiguousarray(array)
        if array.dtype not in NAMES:
            raise Refused("SAGE_508", name, f"elements of type {array.dtype} cannot be sent")
        listed.append({"name": name, "dtype": NAMES[array.dtype], "dims": list(array.shape), "offset": offset, "bytes": array.nbytes})
        gap = -array.nbytes % ALIGNMENT
        pieces += [array.reshape(-1).view(np.uint8) if array.nbytes else b"", bytes(gap)]
        offset += array.nbytes + gap
    full = {**header, "tensors": listed} if listed else header
    place = lane.put(header["id"], pieces, offset) if lane and listed else None
    text = json.dumps({**full, "lane": place} if place else full).encode()
    head = PREFIX.pack(len(text), 0 if place else offset) + text
    write_all(head if place else b"".join([head, *pieces]) if offset < shared.LEAST_BYTES else head)
    if not place and offset >= shared.LEAST_BYTES:
        for piece in pieces:
            write_all(piece)
