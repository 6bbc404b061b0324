"""The one run that the host has done ahead of being asked, as src/models/host/ahead.ts has it.

It waits until it is asked for, or until a slot that it rests on is freed; until then no other is begun, so what is done
for nothing is bounded by one run per refinement.
"""

import math


def is_over(ahead, outputs):
    """Whether an output lies where the next step is not wanted any more."""
    return any(each.get("from", -math.inf) <= outputs[each["output"]].flat[0] <= each.get("to", math.inf) for each in ahead["unless"])


def pairs(slots):
    return {each["name"]: each["slot"] for each in slots}


class Ahead:
    def __init__(self):
        self.prepared = None
        self.wasted_ms, self.used, self.wasted = 0.0, 0, 0

    @property
    def waiting(self):
        return self.prepared is not None

    @property
    def held(self):
        """The part of the lane that its outputs lie in, or None."""
        return self.prepared[1].place.part if self.prepared and self.prepared[1].place else None

    def put(self, request, outputs, run_ms):
        self.prepared = (request, outputs, run_ms)

    def claim(self, request, wanted):
        """The outputs that this request would compute and how long they took, when they are there already."""
        if self.prepared is None or request["inputs"]:
            return None
        ahead, outputs, run_ms = self.prepared
        same = ahead["model"] == request["model"] and ahead["graph"] == request["graph"] and pairs(ahead["slots"]) == pairs(request["slots"])
        if not same or not all(name in outputs for name in wanted):
            return None
        self.prepared, self.used = None, self.used + 1
        return outputs, run_ms

    def drop(self, rests):
        """What rests on a slot that is gone, or on a model that is unloaded, was for nothing."""
        if self.prepared is not None and rests(self.prepared[0]):
            self.wasted_ms += self.prepared[2]
            self.prepared, self.wasted = None, self.wasted + 1

    def take_wasted(self):
        """Time of runs that were for nothing since this was last asked, ms."""
        wasted_ms, self.wasted_ms = self.wasted_ms, 0.0
        return wasted_ms
