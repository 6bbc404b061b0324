"""Tensors that stay in the host between runs, under the numbers that the client chose."""

from .errors import Refused


class Slots:
    def __init__(self):
        self.arrays = {}
        self.count_max, self.bytes_max = 0, 0

    def __len__(self):
        return len(self.arrays)

    @property
    def bytes(self):
        return sum(array.nbytes for array in self.arrays.values())

    def get(self, slot):
        if slot not in self.arrays:
            raise Refused("SAGE_511", f"slot {slot}", "it was freed or never existed")
        return self.arrays[slot]

    def require_room(self, fewer, more, where):
        if len(self.arrays) - fewer + more > self.count_max:
            raise Refused("SAGE_509", where, f"{len(self.arrays)} slots are taken")

    def keep(self, kept, where):
        more = sum(array.nbytes for array in kept.values())
        if self.bytes + more > self.bytes_max:
            raise Refused("SAGE_509", where, f"{self.bytes} bytes are kept, {more} more would be too many")
        self.arrays.update(kept)

    def free(self, slot):
        """Whether it was there."""
        return self.arrays.pop(slot, None) is not None
