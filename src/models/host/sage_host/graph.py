"""One graph that is ready to run, and where its outputs go."""

import json
import time

import numpy as np

from .tensors import DTYPES, NAMES, ORT_TYPES, address_of

# Memory of inputs and outputs takes turns; more combinations than these are not worth remembering.
BINDINGS_MAX = 32
PLACES_MAX = 32
ALIGNMENT = 64


class Outputs(dict):
    """Arrays by name. `place` is where those that lie in the lane are, or None."""

    place = None

    def stays(self, name):
        """Whether no later answer writes over it."""
        return self.place is None or name not in self.place.arrays

    def own(self, name):
        return self[name] if self.stays(name) else self[name].copy()


class Place:
    """Outputs of a graph in one part of the lane, and what an answer says of them."""

    def __init__(self, lane, part, sized):
        self.part, self.arrays = part, {}
        listed, count = [], 0
        for name, (dtype, shape, size) in sized.items():
            self.arrays[name] = lane.array(part, count, dtype, shape, size)
            listed.append({"name": name, "dtype": NAMES[dtype], "dims": shape, "offset": count, "bytes": size})
            count += size + -size % ALIGNMENT
        self.text = json.dumps({"tensors": listed, "lane": {"offset": lane.offset(part), "bytes": count}})[1:-1]


class Run:
    """A run of a graph with its inputs. Where `binding` is None the runtime takes memory for the outputs itself."""

    def __init__(self, graph, feeds, wanted, outputs=None, binding=None):
        self.graph, self.feeds, self.wanted = graph, feeds, wanted
        self.outputs, self.binding = outputs, binding
        self.run_ms = 0.0

    @property
    def part(self):
        """The part of the lane that outputs lie in, or None."""
        return self.outputs.place.part if self.outputs is not None and self.outputs.place is not None else None

    def staying(self, name):
        """The memory of an output that no later answer writes over; None where it is not known before the run, or is none such."""
        return None if self.outputs is None or not self.outputs.stays(name) else self.outputs[name]

    def go(self):
        began = time.perf_counter()
        if self.binding is None:
            self.outputs = Outputs(zip(self.wanted, self.graph.session.run(self.wanted, self.feeds)))
        else:
            self.graph.session.run_with_iobinding(self.binding)
        self.run_ms = 1000 * (time.perf_counter() - began)


class Graph:
    """`declared` is what the manifest says of it, `info` what the client is told of it."""

    def __init__(self, session, declared, info):
        self.session, self.declared, self.info = session, declared, info
        self.inputs = {value["name"]: (np.dtype(DTYPES[value["dtype"]]), value["shape"]) for value in declared["inputs"]}
        self.outputs = {value["name"] for value in declared["outputs"]}
        # Outputs whose size is known before the run: type, shape, bytes.
        self.sized = {}
        for value in session.get_outputs():
            if value.type in ORT_TYPES and all(isinstance(dim, int) and dim > 0 for dim in value.shape):
                dtype = np.dtype(DTYPES[ORT_TYPES[value.type]])
                self.sized[value.name] = (dtype, tuple(value.shape), int(np.prod(value.shape, dtype=np.int64)) * dtype.itemsize)
        # Other devices copy to and from main memory in their own ways, which are left to the runtime.
        self.binds = info["provider"] == "cpu"
        self.bindings, self.places = {}, {}
        # What the last request fetched; the next one is likely to fetch the same.
        self.fetched = ()

    def fits(self, name, array):
        dtype, shape = self.inputs[name]
        return array.dtype == dtype and (array.shape == tuple(shape) or len(array.shape) == len(shape)
                                         and all(isinstance(dim, str) or dim == own for dim, own in zip(shape, array.shape)))

    def prepare(self, feeds, wanted, memory, lane, held, last=None):
        """A run whose memory is ready. Outputs that are likely to be fetched will be written to where the client reads them, if
        there is a lane with a free part (see there what `held` and `last` are)."""
        if not self.binds or not all(name in self.sized for name in wanted) or not all(feed.size for feed in feeds.values()):
            return Run(self, feeds, wanted)
        outputs, key = Outputs(), []
        place = outputs.place = self.place(wanted, lane, held, last)
        for name in wanted:
            if place is not None and name in place.arrays:
                outputs[name] = place.arrays[name]
                key.append(place)
            else:
                outputs[name] = memory.array(*self.sized[name])
                key.append(address_of(outputs[name]))
            key.append(name)
        for name, feed in feeds.items():
            key += [name, address_of(feed), feed.shape]
        key = tuple(key)
        return Run(self, feeds, wanted, outputs, self.bindings.get(key) or self.bind(key, feeds, outputs))

    def place(self, wanted, lane, held, last):
        """Where outputs that will be fetched may lie, or None."""
        if lane is None or not self.fetched or not all(name in wanted for name in self.fetched):
            return None
        part = lane.free_part(sum(self.sized[name][2] + ALIGNMENT for name in self.fetched), held, last)
        if part is None:
            return None
        key = (part, self.fetched)
        if key not in self.places:
            if len(self.places) >= PLACES_MAX:
                self.places.clear()
            self.places[key] = Place(lane, part, {name: self.sized[name] for name in self.fetched})
        return self.places[key]

    def bind(self, key, feeds, outputs):
        binding = self.session.io_binding()
        for name, feed in feeds.items():
            binding.bind_input(name, "cpu", 0, feed.dtype.type, feed.shape, address_of(feed))
        for name, array in outputs.items():
            binding.bind_output(name, "cpu", 0, array.dtype.type, array.shape, address_of(array))
        if len(self.bindings) >= BINDINGS_MAX:
            self.bindings.clear()
        self.bindings[key] = binding
        return binding
