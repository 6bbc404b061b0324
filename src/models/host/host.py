"""The model host in Python: runs ONNX graphs with onnxruntime for the node that started it.

Speaks the frames of docs/model-host.md on stdin and stdout, as src/models/host/main.ts does. It is the way to
TensorRT on a Jetson, where npm's build of onnxruntime has the CPU alone. Needs Python 3.8, numpy and onnxruntime (or
onnxruntime-gpu); nothing else.
"""

import errno
import hashlib
import json
import mmap
import os
import resource
import struct
import sys
import time

PROTOCOL = 1
PREFIX = struct.Struct("<II")
HEADER_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 1 << 29
ALIGNMENT = 8
LANE = 3
LANE_LEAST_BYTES = 4096
DETAIL_MAX = 4000
REASON_MAX = 500
NESTING_MAX = 16

# Whatever a library prints must not get between the frames: they go out on a descriptor of their own.
OUTPUT = os.dup(1)
os.dup2(2, 1)

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402

ort.set_default_logger_severity(3)

DTYPES = {
    "float32": np.float32, "float16": np.float16, "float64": np.float64, "uint8": np.uint8, "int8": np.int8,
    "uint16": np.uint16, "int16": np.int16, "int32": np.int32, "int64": np.int64, "bool": np.bool_,
}
NAMES = {np.dtype(kind): name for name, kind in DTYPES.items()}
ORT_TYPES = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64", "tensor(uint8)": "uint8",
    "tensor(int8)": "int8", "tensor(uint16)": "uint16", "tensor(int16)": "int16", "tensor(int32)": "int32",
    "tensor(int64)": "int64", "tensor(bool)": "bool",
}
PROVIDERS = {
    "cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider",
    "rocm": "ROCMExecutionProvider", "openvino": "OpenVINOExecutionProvider", "coreml": "CoreMLExecutionProvider",
    "dml": "DmlExecutionProvider",
}
# What a manifest calls a first dimension whose rows do not touch each other, as in src/models/host/batch.ts.
ROWS_NAMES = ("n", "N", "b", "B", "batch", "batch_size")
SHORT = {name: short for short, name in PROVIDERS.items()}


class Refused(Exception):
    """An error of the catalogue: code, where, detail."""

    def __init__(self, code, where, detail):
        super().__init__(detail)
        self.code, self.where, self.detail = code, where, detail


# ---------------------------------------------------------------------------------------------------- frames


def read_exactly(count, first=False):
    """`count` bytes of stdin; None where the input ends before the first of a frame."""
    parts = bytearray(count)
    view, filled = memoryview(parts), 0
    while filled < count:
        got = os.readv(0, [view[filled:]])
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


class Lane:
    """The file that the client shares (docs/model-host.md): two parts for requests, two for answers."""

    def __init__(self, part_bytes):
        self.part_bytes = part_bytes
        # Only for reading: to write to memory that the system cannot give would end this process.
        self.view = memoryview(mmap.mmap(LANE, 4 * part_bytes, prot=mmap.PROT_READ))

    def take(self, place):
        if place["offset"] + place["bytes"] > len(self.view):
            raise Refused("SAGE_508", "model host", "a body beyond the end of the shared file")
        return self.view[place["offset"]:place["offset"] + place["bytes"]]

    def put(self, number, pieces, count):
        """Where the body lies now, or None: it is small, too large, or there is no memory left for the file."""
        if count < LANE_LEAST_BYTES or count > self.part_bytes:
            return None
        offset = (2 + (number & 1)) * self.part_bytes
        at = offset
        for piece in pieces:
            view = memoryview(piece).cast("B")
            while len(view):
                try:
                    wrote = os.pwrite(LANE, view, at)
                except OSError as error:
                    if error.errno == errno.ENOSPC:
                        return None
                    raise
                view, at = view[wrote:], at + wrote
        return {"offset": offset, "bytes": count}


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
    write_all(head if place else b"".join([head, *pieces]) if offset < LANE_LEAST_BYTES else head)
    if not place and offset >= LANE_LEAST_BYTES:
        for piece in pieces:
            write_all(piece)


# ---------------------------------------------------------------------------------------------------- files


def varint(data, at):
    value = 0
    for i in range(10):
        if at + i >= len(data):
            raise ValueError("not a valid ONNX file: it ends inside a number")
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise ValueError("not a valid ONNX file: a number of more than ten bytes")


def fields(data):
    """(number, value, bytes) of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
            yield number, value, None
        elif wire == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                raise ValueError("not a valid ONNX file: it ends inside a field")
            yield number, 0, data[at:at + length]
            at += length
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise ValueError(f"not a valid ONNX file: wire type {wire}")


# Which message lies under which field of which message; what is not listed cannot hold a tensor (onnx.proto3).
CHILDREN = {
    "model": {7: "graph", 20: "training", 25: "function"}, "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"}, "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"}, "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}


def external_data(data, kind="model", depth=0):
    """The first file outside that the model refers to, or None."""
    if kind == "tensor":
        external, location = False, ""
        for number, value, part in fields(data):
            external |= (number == 14 and value == 1) or number == 13
            if number == 13 and part is not None:
                entry = [bytes(text).decode("utf-8", "replace") for _, _, text in fields(part) if text is not None]
                if entry[:1] == ["location"]:
                    location = entry[1] if len(entry) > 1 else ""
        return (location or "(unnamed)") if external else None
    if depth > NESTING_MAX:
        raise ValueError(f"not a usable ONNX file: nested deeper than {NESTING_MAX}")
    for number, _, part in fields(data):
        child = CHILDREN[kind].get(number)
        if child and part is not None:
            found = external_data(part, child, depth + 1 if child == "graph" else depth)
            if found is not None:
                return found
    return None


def read_verified(path, expected_bytes, sha256):
    """The bytes of a file when they are those that the manifest names: what was hashed is what is used."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != expected_bytes:
                raise Refused("SAGE_502", path, f"{size} bytes, the manifest says {expected_bytes}")
            data = file.read()
    except OSError as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        raise Refused("SAGE_501", path, "no such file" if missing else f"not readable: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Refused("SAGE_502", path, f"sha256 {found}")
    try:
        outside = external_data(memoryview(data))
    except ValueError as error:
        raise Refused("SAGE_510", path, str(error)) from error
    if outside is not None:
        raise Refused("SAGE_510", path, f"it refers to data outside of the file: {outside}")
    return data


# ---------------------------------------------------------------------------------------------------- graphs


def shape_of(value):
    return [dim if isinstance(dim, int) else str(dim or "") for dim in value.shape]


def declared_fits(declared, actual):
    """Equal rank; a number must be met exactly, except that a manifest may pin what the graph leaves open."""
    return len(declared) == len(actual) and all(d == a or isinstance(a, str) for d, a in zip(declared, actual))


def compare(graph, side, actual):
    declared = {value["name"]: value for value in graph[side]}
    own = {value.name: value for value in actual}
    where = f"{graph['path']} {side}"
    if sorted(declared) != sorted(own):
        raise Refused("SAGE_508", where, f"the graph has {', '.join(sorted(own))}; the manifest says {', '.join(sorted(declared))}")
    for name, value in declared.items():
        kind = ORT_TYPES.get(own[name].type)
        if kind is None:
            raise Refused("SAGE_508", where, f'"{name}" is not a tensor')
        if kind != value["dtype"] or not declared_fits(value["shape"], shape_of(own[name])):
            raise Refused("SAGE_508", where, f'"{name}" is {kind} {shape_of(own[name])}; the manifest says {value["dtype"]} {value["shape"]}')


def open_session(data, path, options):
    """Tries the providers one by one, the CPU last even where it is not named."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = options["threads"]
    settings.inter_op_num_threads = 1
    settings.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.log_severity_level = 3
    refused = []
    for provider in dict.fromkeys([*options["providers"], "cpu"]):
        full = PROVIDERS.get(provider, provider)
        own = options.get("provider_options", {}).get(provider, {})
        try:
            if full not in ort.get_available_providers():
                raise RuntimeError("this build of onnxruntime does not have it")
            session = ort.InferenceSession(data, settings, providers=[(full, own)])
            if session.get_providers()[0] != full:
                raise RuntimeError("it could not be initialised")
            return session, provider, refused
        except Exception as error:  # noqa: BLE001 - the runtime raises what it likes; each reason is told
            refused.append({"provider": provider, "reason": str(error)[:REASON_MAX]})
    raise Refused("SAGE_510", path, "; ".join(f"{each['provider']}: {each['reason']}" for each in refused))


def warm_up(graph, session):
    """One run on zeros, so that the first real run is not the slow one. Skipped where a dimension is open."""
    feeds = {}
    for value in graph["inputs"]:
        if any(isinstance(dim, str) for dim in value["shape"]):
            return 0.0
        feeds[value["name"]] = np.zeros(value["shape"], DTYPES[value["dtype"]])
    began = time.perf_counter()
    try:
        session.run(None, feeds)
    except Exception as error:  # noqa: BLE001
        raise Refused("SAGE_510", graph["path"], f"the first run failed: {error}") from error
    return 1000 * (time.perf_counter() - began)


def load_graph(graph, options):
    began = time.perf_counter()
    data = read_verified(graph["path"], graph["bytes"], graph["sha256"])
    session, provider, refused = open_session(data, graph["path"], options)
    compare(graph, "inputs", session.get_inputs())
    compare(graph, "outputs", session.get_outputs())
    load_ms = 1000 * (time.perf_counter() - began)
    info = {"name": graph["name"], "provider": provider, "refused": refused, "load_ms": load_ms, "warm_up_ms": warm_up(graph, session)}
    return session, graph, info


# ---------------------------------------------------------------------------------------------------- requests


def require_finite(array, where):
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Refused("SAGE_507", where, "it has NaN or infinity")


def is_over(ahead, outputs):
    """Whether an output lies where the next step is not wanted any more."""
    return any(each.get("from", -np.inf) <= outputs[each["output"]].flat[0] <= each.get("to", np.inf) for each in ahead["unless"])


class Server:
    """The host's models and slots, and what it does for each request. One request at a time."""

    def __init__(self):
        self.options = {"threads": 1, "providers": ["cpu"], "slots_max": 0, "slot_bytes_max": 0}
        self.models, self.slots, self.runs = {}, {}, 0
        self.lane = None
        self.prepared, self.next = None, None
        self.wasted_ms, self.ahead_used, self.ahead_wasted = 0.0, 0, 0

    def handle(self, request, body):
        """Returns the fields of the answer and its tensors."""
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
        self.options = request
        return {}, []

    def do_load(self, request, _):
        self.drop(lambda ahead: ahead["model"] == request["model"])
        self.models.pop(request["model"], None)
        graphs = {graph["name"]: load_graph(graph, self.options) for graph in request["graphs"]}
        self.models[request["model"]] = graphs
        return {"graphs": [info for _, _, info in graphs.values()]}, []

    def do_unload(self, request, _):
        self.drop(lambda ahead: ahead["model"] == request["model"])
        self.models.pop(request["model"], None)
        return {}, []

    def do_inspect(self, request, _):
        data = read_verified(request["path"], request["bytes"], request["sha256"])
        session, _, _ = open_session(data, request["path"], {**self.options, "providers": ["cpu"]})
        plain = lambda values: [{"name": v.name, "dtype": ORT_TYPES[v.type], "shape": shape_of(v)} for v in values if v.type in ORT_TYPES]  # noqa: E731
        return {"inspection": {"inputs": plain(session.get_inputs()), "outputs": plain(session.get_outputs())}}, []

    def do_run(self, request, body):
        where = f"{request['model']}/{request['graph']}"
        if request["graph"] not in self.models.get(request["model"], {}):
            raise Refused("SAGE_512", where, "it is not loaded in this host")
        if request.get("batch"):
            return self.run_batch(request, body, where)
        if len(self.slots) - len(request["free"]) + len(request["keep"]) > self.options["slots_max"]:
            raise Refused("SAGE_509", where, f"{len(self.slots)} slots are taken")
        wanted = list(dict.fromkeys([*request["fetch"], *(each["name"] for each in request["keep"])]))
        outputs, run_ms = self.claim(request, wanted) or self.compute(request, wanted, body, where)
        for name in request["fetch"]:
            require_finite(outputs[name], f'{where} output "{name}"')
        go_on = request.get("ahead") and self.prepared is None and not is_over(request["ahead"], outputs)
        self.keep({each["slot"]: outputs[each["name"]] for each in request["keep"]}, where)
        self.free(request["free"])
        if go_on:
            self.next = {**request["ahead"], "model": request["model"]}
        wasted_ms, self.wasted_ms = self.wasted_ms, 0.0
        return {"run_ms": run_ms, **({"wasted_ms": wasted_ms} if wasted_ms > 0 else {})}, [(name, outputs[name]) for name in request["fetch"]]

    def compute(self, request, wanted, body, where):
        session, declared, _ = self.models[request["model"]][request["graph"]]
        feeds = self.feeds(request, declared, body, where)
        unknown = [name for name in wanted if name not in {value["name"] for value in declared["outputs"]}]
        if unknown:
            raise Refused("SAGE_508", where, f'it has no output "{unknown[0]}"')
        began = time.perf_counter()
        try:
            outputs = dict(zip(wanted, session.run(wanted, feeds)))
        except Exception as error:  # noqa: BLE001
            raise Refused("SAGE_505", where, str(error)) from error
        self.runs += 1
        return outputs, 1000 * (time.perf_counter() - began)

    def run_batch(self, request, body, where):
        """Items that fit are run as one where the graph allows, else in turn; what fails for one fails for it alone."""
        session, declared, _ = self.models[request["model"]][request["graph"]]
        fetch, inputs, items = request["fetch"], list(request["inputs"]), []
        unknown = [name for name in fetch if name not in {value["name"] for value in declared["outputs"]}]
        if unknown:
            raise Refused("SAGE_508", where, f'it has no output "{unknown[0]}"')
        for count in request["batch"]:
            own, inputs = inputs[:count], inputs[count:]
            try:
                items.append(self.feeds({"inputs": own, "slots": []}, declared, body, where))
            except Refused as error:
                items.append(error)
        feeds = [item for item in items if not isinstance(item, Refused)]
        began, before = time.perf_counter(), self.runs
        results = self.run_stacked(session, declared, feeds, fetch, where) or [self.run_one(session, each, fetch, where) for each in feeds]
        run_ms, tensors, told = 1000 * (time.perf_counter() - began), [], []
        for item in items:
            result = item if isinstance(item, Refused) else results.pop(0)
            try:
                if isinstance(result, Refused):
                    raise result
                for name in fetch:
                    require_finite(result[name], f'{where} output "{name}"')
                tensors += [(name, result[name]) for name in fetch]
                told.append({"ok": True})
            except Refused as error:
                told.append({"ok": False, "code": error.code, "where": error.where, "detail": error.detail[:DETAIL_MAX]})
        return {"run_ms": run_ms, "items": told, "batch_runs": self.runs - before}, tensors

    def run_stacked(self, session, declared, feeds, fetch, where):
        """None where they cannot be stacked, or the graph does not take them so: then each is run by itself."""
        opens = all(value["shape"] and value["shape"][0] in ROWS_NAMES for value in [*declared["inputs"], *declared["outputs"]])
        shapes = {tuple((name, array.dtype, array.shape) for name, array in sorted(each.items())) for each in feeds}
        if len(feeds) < 2 or not opens or len(shapes) > 1:
            return None
        rows = {len(array) for array in feeds[0].values()}
        if len(rows) > 1 or 0 in rows:
            return None
        count, all_rows = len(feeds), len(feeds) * rows.pop()
        try:
            together = {name: np.concatenate([each[name] for each in feeds]) for name in feeds[0]}
            outputs = session.run(fetch, together)
        except Exception:  # noqa: BLE001 - one item can spoil the run of all; run in turn, it is found and named
            return None
        self.runs += 1
        for name, array in zip(fetch, outputs):
            if array.ndim == 0 or len(array) != all_rows:
                told = f'output "{name}" has {len(array) if array.ndim else 0} rows for {count} items of {all_rows // count}: its first dimension is no batch'
                return [Refused("SAGE_508", where, told)] * count
        parts = [np.split(array, count) for array in outputs]
        return [dict(zip(fetch, own)) for own in zip(*parts)]

    def run_one(self, session, feeds, fetch, where):
        try:
            outputs = dict(zip(fetch, session.run(fetch, feeds)))
        except Exception as error:  # noqa: BLE001
            return Refused("SAGE_505", where, str(error))
        self.runs += 1
        return outputs

    def look_ahead(self):
        """Begins the run that was announced, now that the answer is out. It waits until it is asked for."""
        request, self.next = self.next, None
        if request is None:
            return
        try:
            where = f"{request['model']}/{request['graph']}"
            self.prepared = (request, *self.compute({**request, "inputs": []}, request["outputs"], b"", where))
        except Exception:  # noqa: BLE001 - whoever asks for this run has it done then, and is told what is wrong
            self.prepared = None

    def claim(self, request, wanted):
        """The outputs that this request would compute, when they are there already."""
        if self.prepared is None or request["inputs"]:
            return None
        ahead, outputs, run_ms = self.prepared
        pairs = lambda slots: sorted((each["name"], each["slot"]) for each in slots)  # noqa: E731
        same = ahead["model"] == request["model"] and ahead["graph"] == request["graph"] and pairs(ahead["slots"]) == pairs(request["slots"])
        if not same or not all(name in outputs for name in wanted):
            return None
        self.prepared, self.ahead_used = None, self.ahead_used + 1
        return outputs, run_ms

    def drop(self, rests):
        """What rests on a slot that is gone, or on a model that is unloaded, was for nothing."""
        if self.prepared is not None and rests(self.prepared[0]):
            self.wasted_ms += self.prepared[2]
            self.prepared, self.ahead_wasted = None, self.ahead_wasted + 1

    def feeds(self, request, declared, body, where):
        feeds = {each["name"]: self.received(each, body, where) for each in request["inputs"]}
        feeds.update({each["name"]: self.slot(each["slot"]) for each in request["slots"]})
        for value in declared["inputs"]:
            feed = feeds.get(value["name"])
            fits = feed is not None and NAMES.get(feed.dtype) == value["dtype"] and len(feed.shape) == len(value["shape"]) \
                and all(isinstance(dim, str) or dim == own for dim, own in zip(value["shape"], feed.shape))
            if not fits:
                told = "missing" if feed is None else f"{feed.dtype} {list(feed.shape)}"
                raise Refused("SAGE_508", where, f'input "{value["name"]}" is {told}, must be {value["dtype"]} {value["shape"]}')
        extra = [name for name in feeds if name not in {value["name"] for value in declared["inputs"]}]
        if extra:
            raise Refused("SAGE_508", where, f'it has no input "{extra[0]}"')
        return feeds

    def received(self, tensor, body, where):
        """A view on the body."""
        kind = np.dtype(DTYPES[tensor["dtype"]])
        count = int(np.prod(tensor["dims"], dtype=np.int64))
        if tensor["offset"] + tensor["bytes"] > len(body) or count * kind.itemsize != tensor["bytes"]:
            raise Refused("SAGE_508", where, f'tensor "{tensor["name"]}" does not fit into a body of {len(body)} bytes')
        return np.frombuffer(body, kind, count, tensor["offset"]).reshape(tensor["dims"])

    def do_read(self, request, _):
        value = self.slot(request["slot"])
        require_finite(value, f"slot {request['slot']}")
        return {}, [("slot", value)]

    def do_put(self, request, body):
        where = f"slot {request['slot']}"
        if len(self.slots) >= self.options["slots_max"]:
            raise Refused("SAGE_509", where, f"{len(self.slots)} slots are taken")
        # A body in the shared file is written over by a later request.
        self.keep({request["slot"]: self.received(request["inputs"][0], body, where).copy()}, where)
        return {}, []

    def do_free(self, request, _):
        self.free(request["slots"])
        return {}, []

    def do_ping(self, _request, _):
        return {}, []

    def do_stats(self, _request, _):
        return {"stats": {"rss_bytes": resident_bytes(), "slots": len(self.slots), "slot_bytes": self.slot_bytes(), "runs": self.runs,
                          "ahead_used": self.ahead_used, "ahead_wasted": self.ahead_wasted}}, []

    def slot(self, slot):
        if slot not in self.slots:
            raise Refused("SAGE_511", f"slot {slot}", "it was freed, or never made")
        return self.slots[slot]

    def slot_bytes(self):
        return sum(array.nbytes for array in self.slots.values())

    def keep(self, kept, where):
        more = sum(array.nbytes for array in kept.values())
        if self.slot_bytes() + more > self.options["slot_bytes_max"]:
            raise Refused("SAGE_509", where, f"{self.slot_bytes()} bytes are kept, {more} more would be too many")
        self.slots.update(kept)

    def free(self, slots):
        for slot in slots:
            if self.slots.pop(slot, None) is not None:
                self.drop(lambda ahead: any(each["slot"] == slot for each in ahead["slots"]))


def resident_bytes():
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def complain(text):
    sys.stderr.write(f"model host: {text}\n")
    sys.stderr.flush()


def answer(server, header, body):
    number = header.get("id") if isinstance(header, dict) else None
    try:
        try:
            more, tensors = server.handle(header, body)
        except Refused:
            raise
        except MemoryError as error:
            raise Refused("SAGE_505", "model host", f"out of memory: {error}") from error
        except Exception as error:  # noqa: BLE001 - what a request brings must cost this request, not the host
            raise Refused("SAGE_505", "model host", f"{type(error).__name__}: {error}") from error
        if number is not None:
            write_frame({"id": number, "ok": True, **more}, tensors, server.lane)
    except Refused as error:
        if number is None:
            complain(f"{error.code} {error.where}: {error.detail}")
        else:
            write_frame({"id": number, "ok": False, "code": error.code, "where": error.where, "detail": error.detail[:DETAIL_MAX]})


def first_victim():
    """Where memory runs out, the system ends this process and not the node."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError as error:
        complain(f"oom_score_adj: {error}")


def main():
    first_victim()
    available = [SHORT.get(name, name) for name in ort.get_available_providers()]
    write_frame({"op": "hello", "protocol": PROTOCOL, "runtime": f"onnxruntime (Python) {ort.__version__}", "providers": available, "lane": True})
    server = Server()
    while True:
        frame = read_frame()
        if frame is None:
            return 0
        answer(server, *frame)
        server.look_ahead()


if __name__ == "__main__":
    import signal

    # Ctrl-C reaches the whole process group; the parent closes the input when it is done with this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        CODE = main()
    except (EOFError, ValueError, BrokenPipeError) as thrown:
        complain(str(thrown))
        CODE = 3
    os._exit(CODE)
