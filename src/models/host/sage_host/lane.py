"""The file in memory that is shared with the client: two parts for requests, two for answers (docs/model-host.md)."""

import mmap
import os

import numpy as np

from .errors import Refused

DESCRIPTOR = 3
LEAST_BYTES = 4096
PARTS = 4
REQUEST_PARTS = 2


class Lane:
    def __init__(self, part_bytes):
        self.part_bytes = part_bytes
        self.memory = np.frombuffer(mmap.mmap(DESCRIPTOR, PARTS * part_bytes), np.uint8)
        # How far the system has been asked for the memory of each part, bytes.
        self.reserved = [0] * PARTS
        # The part of the last answer. It is left alone for one answer more.
        self.last = PARTS - 1

    def take(self, place):
        if place["offset"] + place["bytes"] > len(self.memory):
            raise Refused("SAGE_508", "model host", "a body beyond the end of the shared file")
        return self.memory[place["offset"]:place["offset"] + place["bytes"]]

    @property
    def turn(self):
        """The part whose turn it is."""
        return self.after(self.last)

    def after(self, part):
        return REQUEST_PARTS + (part + 1) % 2

    def free_part(self, count, held=None, last=None):
        """The part for an answer of `count` bytes, or None: it is small, too large, there is no memory left for the file,
        or the part is `held`. `last` is the part of the answer before it, where that is not out yet."""
        part = self.turn if last is None else self.after(last)
        if count < LEAST_BYTES or count > self.part_bytes or part == held:
            return None
        if count > self.reserved[part]:
            # To write to memory that the system cannot give would end this process.
            try:
                os.posix_fallocate(DESCRIPTOR, self.offset(part), count)
            except OSError:
                return None
            self.reserved[part] = count
        return part

    def offset(self, part):
        return part * self.part_bytes

    def array(self, part, at, dtype, shape, count):
        start = self.offset(part) + at
        return self.memory[start:start + count].view(dtype).reshape(shape)
