"""Frames: two lengths, a header in JSON, a body of raw tensors."""

import json
import os
import struct

import numpy as np

from .errors import Refused
from .graph import Place
from .streams import INPUT, OUTPUT
from .tensors import NAMES

PROTOCOL = 1
PREFIX = struct.Struct("<II")
HEADER_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 1 << 29
ALIGNMENT = 8
# Smaller frames are written in one piece.
JOINED_MAX = 4096
# Prefix and header of most frames come in one piece.
READ_BYTES = 1 << 16
SOURCE = open(INPUT, "rb", buffering=READ_BYTES, closefd=False)


def read_exactly(count):
    data = SOURCE.read(count)
    if len(data) < count:
        raise EOFError("the input ended inside a frame")
    return data


class Body:
    """The body of a frame, which may still be on its way."""

    def __init__(self, count):
        self.count, self.data = count, None

    def read(self):
        """Waits until it is here."""
        if self.data is None:
            self.data = read_exactly(self.count) if self.count else b""
        return self.data


def read_frame():
    """Header and body; None where the input ended before a frame."""
    prefix = SOURCE.read(PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < PREFIX.size:
        raise EOFError("the input ended inside a frame")
    header_bytes, body_bytes = PREFIX.unpack(prefix)
    if header_bytes < 2 or header_bytes > HEADER_BYTES_MAX or body_bytes > BODY_BYTES_MAX:
        raise ValueError(f"a frame of {header_bytes} + {body_bytes} bytes does not follow this protocol")
    return json.loads(read_exactly(header_bytes).decode()), Body(body_bytes)


def write_all(data):
    written = os.write(OUTPUT, data)
    if written < len(data):
        view = memoryview(data).cast("B")[written:]
        while len(view):
            view = view[os.write(OUTPUT, view):]


def write_frame(header):
    write_all(head_of(json.dumps(header), 0))


def write_answer(header, tensors, lane=None, held=None):
    """`tensors` is a place in the lane, where they are already, or a list of (name, array): these are put into the lane, or
    follow the header, each at a multiple of ALIGNMENT. `held` is a part of the lane that must not be written over."""
    if isinstance(tensors, Place):
        lane.last = tensors.part
        # Numbers alone. Between two steps nothing is in a cache, and the encoder is a lot of code for a few of them.
        text = "".join(f'"{name}": {value!r}, ' for name, value in header.items() if value is not True)
        return write_all(head_of(f'{{"ok": true, {text}{tensors.text}}}', 0))
    if not tensors:
        return write_frame(header)
    arrays, listed, count = [], [], 0
    for name, array in tensors:
        array = np.ascontiguousarray(array)
        if array.dtype not in NAMES:
            raise Refused("SAGE_508", name, f"elements of type {array.dtype} cannot be sent")
        listed.append({"name": name, "dtype": NAMES[array.dtype], "dims": array.shape, "offset": count, "bytes": array.nbytes})
        arrays.append(array)
        count += array.nbytes + -array.nbytes % ALIGNMENT
    part = lane.free_part(count, held) if lane is not None else None
    if part is None:
        return write_body(head_of(json.dumps({**header, "tensors": listed}), count), arrays)
    for array, told in zip(arrays, listed):
        lane.array(part, told["offset"], array.dtype, array.shape, array.nbytes)[...] = array
    lane.last = part
    return write_frame({**header, "tensors": listed, "lane": {"offset": lane.offset(part), "bytes": count}})


def head_of(text, body_bytes):
    data = text.encode()
    return PREFIX.pack(len(data), body_bytes) + data


def write_body(head, arrays):
    pieces = [head]
    for array in arrays:
        pieces += [array.reshape(-1).view(np.uint8), bytes(-array.nbytes % ALIGNMENT)]
    if sum(len(piece) for piece in pieces) < JOINED_MAX:
        write_all(b"".join(pieces))
        return
    for piece in pieces:
        write_all(piece)
