"""Models, slots, and what the host does for each request. One request at a time."""

import gc
import os
import resource
import time

from .ahead import Ahead, is_over
from .batch import run_items
from .errors import Refused
from .lane import Lane
from .sessions import inspect_graph, load_graph
from .memory import OutputMemory
from .slots import Slots
from .tensors import received, require_finite


class Server:
    def __init__(self):
        self.options = {"threads": 1, "providers": ["cpu"]}
        self.models, self.runs = {}, 0
        self.slots, self.ahead = Slots(), Ahead()
        self.memory, self.lane = OutputMemory(), None
        # The run that is to be begun when the answer is out.
        self.next = None

    def handle(self, request, body):
        """Returns the fields of the answer, and its tensors: pairs of name and array, or all those of a place in the lane."""
        self.next = None
        act = getattr(self, f"do_{request.get('op')}", None)
        if act is None:
            raise Refused("SAGE_505", "model host", f"request not understood: op {request.get('op')}")
        if request.get("lane") is not None:
            if self.lane is None:
                raise Refused("SAGE_505", "model host", "a body in a shared file, and there is none")
            body = self.lane.take(request["lane"])
        return act(request, body)

    def do_configure(self, request, _):
        if request["nice"] > 0:
            os.nice(request["nice"])
        if request.get("lane_bytes", 0) > 0:
            self.lane = Lane(request["lane_bytes"])
        self.slots.count_max, self.slots.bytes_max = request["slots_max"], request["slot_bytes_max"]
        self.options = request
        return {}, []

    def do_load(self, request, _):
        self.forget(request["model"])
        graphs = {graph["name"]: load_graph(graph, self.options) for graph in request["graphs"]}
        self.models[request["model"]] = graphs
        # What is there now stays; the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        return {"graphs": [graph.info for graph in graphs.values()]}, []

    def do_unload(self, request, _):
        self.forget(request["model"])
        return {}, []

    def do_inspect(self, request, _):
        return {"inspection": inspect_graph(request, self.options)}, []

    def do_run(self, request, body):
        where = f"{request['model']}/{request['graph']}"
        graph = self.graph(request["model"], request["graph"])
        if request.get("batch"):
            return self.run_batch(graph, request, body, where)
        self.slots.require_room(len(request["free"]), len(request["keep"]), where)
        wanted = list(dict.fromkeys([*request["fetch"], *(each["name"] for each in request["keep"])]))
        outputs, run_ms = self.ahead.claim(request, wanted) or self.compute(graph, request, wanted, body, where)
        for name in request["fetch"]:
            require_finite(outputs[name], f'{where} output "{name}"')
        graph.fetched = tuple(request["fetch"])
        go_on = request.get("ahead") and not self.ahead.waiting and not is_over(request["ahead"], outputs)
        self.slots.keep({each["slot"]: outputs.own(each["name"]) for each in request["keep"]}, where)
        self.free(request["free"])
        if go_on:
            self.next = {**request["ahead"], "model": request["model"]}
        wasted_ms = self.ahead.take_wasted()
        fields = {"run_ms": run_ms, **({"wasted_ms": wasted_ms} if wasted_ms > 0 else {})}
        if outputs.place is not None and list(outputs.place.arrays) == request["fetch"]:
            return fields, outputs.place
        return fields, [(name, outputs.own(name)) for name in request["fetch"]]

    def run_batch(self, graph, request, body, where):
        items, inputs = [], list(request["inputs"])
        self.require_outputs(graph, request["fetch"], where)
        for count in request["batch"]:
            own, inputs = inputs[:count], inputs[count:]
            try:
                items.append(self.feeds({"inputs": own, "slots": []}, graph, body, where))
            except Refused as error:
                items.append(error)
        began = time.perf_counter()
        told, tensors, runs = run_items(graph, items, request["fetch"], where)
        self.runs += runs
        return {"run_ms": 1000 * (time.perf_counter() - began), "items": told, "batch_runs": runs}, tensors

    def look_ahead(self):
        """Begins the run that was announced, now that the answer is out. It waits until it is asked for."""
        request, self.next = self.next, None
        if request is None:
            return
        try:
            where = f"{request['model']}/{request['graph']}"
            graph = self.graph(request["model"], request["graph"])
            self.ahead.put(request, *self.compute(graph, {**request, "inputs": []}, request["outputs"], b"", where))
        except Exception:  # noqa: BLE001 - whoever asks for this run has it done then, and is told what is wrong
            return

    def do_read(self, request, _):
        value = self.slots.get(request["slot"])
        require_finite(value, f"slot {request['slot']}")
        return {}, [("slot", value)]

    def do_put(self, request, body):
        where = f"slot {request['slot']}"
        self.slots.require_room(0, 1, where)
        # A body in the shared file is written over by a later request.
        self.slots.keep({request["slot"]: received(request["inputs"][0], body, where).copy()}, where)
        return {}, []

    def do_free(self, request, _):
        self.free(request["slots"])
        return {}, []

    def do_ping(self, _request, _):
        return {}, []

    def do_stats(self, _request, _):
        return {"stats": {"rss_bytes": resident_bytes(), "slots": len(self.slots), "slot_bytes": self.slots.bytes, "runs": self.runs,
                          "ahead_used": self.ahead.used, "ahead_wasted": self.ahead.wasted}}, []

    def graph(self, model, name):
        if name not in self.models.get(model, {}):
            raise Refused("SAGE_512", f"{model}/{name}", "it is not loaded in this host")
        return self.models[model][name]

    def forget(self, model):
        gc.unfreeze()
        self.ahead.drop(lambda ahead: ahead["model"] == model)
        self.models.pop(model, None)
        self.memory.clear()

    def free(self, slots):
        for slot in slots:
            if self.slots.free(slot):
                self.ahead.drop(lambda ahead: any(each["slot"] == slot for each in ahead["slots"]))

    def require_outputs(self, graph, names, where):
        for name in names:
            if name not in graph.outputs:
                raise Refused("SAGE_508", where, f'it has no output "{name}"')

    def compute(self, graph, request, wanted, body, where):
        """The outputs by name, and how long the run took, ms."""
        feeds = self.feeds(request, graph, body, where)
        self.require_outputs(graph, wanted, where)
        began = time.perf_counter()
        try:
            outputs = graph.run(feeds, wanted, self.memory, self.lane, self.ahead.held)
        except Exception as error:  # noqa: BLE001 - the runtime raises what it likes
            raise Refused("SAGE_505", where, str(error)) from error
        self.runs += 1
        return outputs, 1000 * (time.perf_counter() - began)

    def feeds(self, request, graph, body, where):
        feeds = {each["name"]: received(each, body, where) for each in request["inputs"]}
        for each in request["slots"]:
            feeds[each["name"]] = self.slots.get(each["slot"])
        for name, (dtype, shape) in graph.inputs.items():
            feed = feeds.get(name)
            if feed is None or not graph.fits(name, feed):
                told = "missing" if feed is None else f"{feed.dtype} {list(feed.shape)}"
                raise Refused("SAGE_508", where, f'input "{name}" is {told}, must be {dtype} {shape}')
        for name in feeds:
            if name not in graph.inputs:
                raise Refused("SAGE_508", where, f'it has no input "{name}"')
        return feeds


def resident_bytes():
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
