"""Memory for outputs, used again as soon as nobody holds them: fresh memory is in no cache."""

import sys

import numpy as np

from .tensors import address_of

ALIGNMENT = 64
# Blocks that are used again are at most this together, bytes.
BYTES_MAX = 64_000_000


def references_of_first(blocks):
    """How many references the first block has, counted in one way: which ones count differs between versions of Python."""
    for block in blocks:
        return sys.getrefcount(block)
    return 0


HELD_BY_LIST_ALONE = references_of_first([np.empty(1, np.uint8)])


class OutputMemory:
    def __init__(self):
        self.blocks = []

    def array(self, dtype, shape, count):
        """An array of `count` bytes. It may be passed on and cut up: as long as any part of it lives, its memory is its own."""
        block = self.block(count)
        start = -address_of(block) % ALIGNMENT
        return block[start:start + count].view(dtype).reshape(shape)

    def block(self, count):
        for block in self.blocks:
            if block.nbytes == count + ALIGNMENT and sys.getrefcount(block) == HELD_BY_LIST_ALONE:
                return block
        block = np.empty(count + ALIGNMENT, np.uint8)
        if sum(each.nbytes for each in self.blocks) + block.nbytes <= BYTES_MAX:
            self.blocks.append(block)
        return block

    def clear(self):
        """Forgets what waits: models were unloaded, so the sizes may never be asked for again."""
        self.blocks = []
