"""Models, slots, and what the host does for each request. One request at a time."""

import gc
import os
import resource
import time

from .ahead import Ahead, Job, is_over
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
        # Waits for the rest of the frame that is being handled.
        self.arrived = None

    def handle(self, request, body):
        """Returns the fields of the answer, and its tensors: pairs of name and array, or all those of a place in the lane."""
        act = getattr(self, f"do_{request.get('op')}", None)
        if act is None:
            raise Refused("SAGE_505", "model host", f"request not understood: op {request.get('op')}")
        if request.get("lane") is not None:
            if self.lane is None:
                raise Refused("SAGE_505", "model host", "a body in a shared file, and there is none")
            data = self.lane.take(request["lane"])
        else:
            data = body.read()
        if request["op"] != "run":
            self.ahead.settle()
            body.read()
        # A run whose body is in the shared file is made ready while that is still being written.
        self.arrived = body.read
        return act(request, data)

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
            self.ahead.settle()
            self.arrived()
            return self.run_batch(graph, request, body, where)
        self.slots.require_room(len(request["free"]), len(request["keep"]), where)
        wanted = list(dict.fromkeys([*request["fetch"], *(each["name"] for each in request["keep"])]))
        run = self.claim(request, wanted) or self.compute(graph, request, wanted, body, where)
        try:
            self.look_at(run.outputs, request, where)
        except Refused:
            # What was begun after it rests on slots that there will never be.
            self.ahead.drop(lambda ahead: ahead.get("after") is request)
            raise
        graph.fetched = tuple(request["fetch"])
        self.free(request["free"])
        self.go_on(request, run)
        wasted_ms = self.ahead.take_wasted()
        fields = {"run_ms": run.run_ms, **({"wasted_ms": wasted_ms} if wasted_ms > 0 else {})}
        place = run.outputs.place
        if place is not None and list(place.arrays) == request["fetch"]:
            return fields, place
        return fields, [(name, run.outputs.own(name)) for name in request["fetch"]]

    def look_at(self, outputs, request, where):
        """Refuses what must not be sent; the rest is kept."""
        for name in request["fetch"]:
            require_finite(outputs[name], f'{where} output "{name}"')
        self.slots.keep({each["slot"]: outputs.own(each["name"]) for each in request["keep"]}, where)

    def claim(self, request, wanted):
        """The run that was begun ahead for this request, done; with the one after it begun, where its memory was known by then."""
        job = self.ahead.match(request, wanted)
        if job is None:
            self.ahead.settle()
            return None
        return self.ahead.take(job, self.announced(request, job.run))

    def go_on(self, request, run):
        """Begins the run that was announced, if it was not before, and if it is wanted after this one."""
        if request.get("ahead") and not self.ahead.waiting and not is_over(request["ahead"], run.outputs):
            job = self.announced(request, run)
            if job is not None:
                self.ahead.begin(job)

    def announced(self, request, run):
        """The job of which a request says that it comes after it; None where there is none, or it cannot be made ready yet: what
        is kept of the run is not known by then. Whoever asks for that run is told what is wrong with it."""
        ahead = request.get("ahead")
        if ahead is None:
            return None
        kept = {each["slot"]: run.staying(each["name"]) for each in request["keep"]}
        feeds = {}
        for each in ahead["slots"]:
            array = kept.get(each["slot"])
            feeds[each["name"]] = self.slots.arrays.get(each["slot"]) if array is None else array
        graph = self.models.get(request["model"], {}).get(ahead["graph"])
        if graph is None or any(feed is None for feed in feeds.values()):
            return None
        where = f"{request['model']}/{ahead['graph']}"
        # The answer to this request goes out after that run is begun, to the part of the lane that is its own.
        last = None if self.lane is None else run.part or self.lane.turn
        try:
            self.require_fitting(graph, feeds, where)
            self.require_outputs(graph, ahead["outputs"], where)
        except Refused:
            return None
        following = graph.prepare(feeds, ahead["outputs"], self.memory, self.lane, None, last)
        return Job({**ahead, "model": request["model"], "after": request}, following)

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
        return {"stats": {"rss_bytes": resident_bytes(), "slots": len(self.slots), "slot_bytes": self.slots.bytes, "runs": self.runs + self.ahead.runs,
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
        """The run that is asked for, done; with the one after it begun, as in `claim`."""
        feeds = self.feeds(request, graph, body, where)
        self.require_outputs(graph, wanted, where)
        run = graph.prepare(feeds, wanted, self.memory, self.lane, self.ahead.held)
        following = None if self.ahead.waiting else self.announced(request, run)
        try:
            if following is None:
                self.arrived()
                run.go()
                self.runs += 1
            else:
                self.ahead.first(Job(request, run, self.arrived), following)
        except Exception as error:  # noqa: BLE001 - the runtime raises what it likes
            raise Refused("SAGE_505", where, str(error)) from error
        return run

    def feeds(self, request, graph, body, where):
        feeds = {each["name"]: received(each, body, where) for each in request["inputs"]}
        for each in request["slots"]:
            feeds[each["name"]] = self.slots.get(each["slot"])
        self.require_fitting(graph, feeds, where)
        return feeds

    def require_fitting(self, graph, feeds, where):
        for name, (dtype, shape) in graph.inputs.items():
            feed = feeds.get(name)
            if feed is None or not graph.fits(name, feed):
                told = "missing" if feed is None else f"{feed.dtype} {list(feed.shape)}"
                raise Refused("SAGE_508", where, f'input "{name}" is {told}, must be {dtype} {shape}')
        for name in feeds:
            if name not in graph.inputs:
                raise Refused("SAGE_508", where, f'it has no input "{name}"')


def resident_bytes():
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
