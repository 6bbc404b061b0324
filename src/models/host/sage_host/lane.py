"""The file in memory that is shared with the client."""

import errno
import mmap
import os

from .errors import Refused

DESCRIPTOR = 3
LEAST_BYTES = 4096


class Lane:
    """The file that the client shares (docs/model-host.md): two parts for requests, two for answers."""

    def __init__(self, part_bytes):
        self.part_bytes = part_bytes
        # Only for reading: to write to memory that the system cannot give would end this process.
        self.view = memoryview(mmap.mmap(DESCRIPTOR, 4 * part_bytes, prot=mmap.PROT_READ))

    def take(self, place):
        if place["offset"] + place["bytes"] > len(self.view):
            raise Refused("SAGE_508", "model host", "a body beyond the end of the shared file")
        return self.view[place["offset"]:place["offset"] + place["bytes"]]

    def put(self, number, pieces, count):
        """Where the body lies now, or None: it is small, too large, or there is no memory left for the file."""
        if count < LEAST_BYTES or count > self.part_bytes:
            return None
        offset = (2 + (number & 1)) * self.part_bytes
        at = offset
        for piece in pieces:
            view = memoryview(piece).cast("B")
            while len(view):
                try:
                    wrote = os.pwrite(DESCRIPTOR, view, at)
                except OSError as error:
                    if error.errno == errno.ENOSPC:
                        return None
                    raise
                view, at = view[wrote:], at + wrote
        return {"offset": offset, "bytes": count}
