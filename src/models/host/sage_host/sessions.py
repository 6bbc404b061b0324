"""Graphs: opened, compared with the manifest, run once."""

import time

import numpy as np

from .errors import Refused
from .graph import Graph
from .providers import open_session
from .tensors import DTYPES, ORT_TYPES
from .verify import read_graph


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
        raise Refused("SAGE_510", graph["path"], f"the warm-up run failed: {error}") from error
    return 1000 * (time.perf_counter() - began)


def load_graph(graph, options):
    began = time.perf_counter()
    data, weights = read_graph(graph)
    session, provider, refused = open_session(data, graph["path"], graph["sha256"], {**options, "weights": weights})
    compare(graph, "inputs", session.get_inputs())
    compare(graph, "outputs", session.get_outputs())
    load_ms = 1000 * (time.perf_counter() - began)
    info = {"name": graph["name"], "provider": provider, "refused": refused, "load_ms": load_ms, "warm_up_ms": warm_up(graph, session)}
    return Graph(session, graph, info)


def inspect_graph(file, options):
    """What a graph takes and gives, without keeping it loaded."""
    data, weights = read_graph(file)
    session, _, _ = open_session(data, file["path"], file["sha256"], {**options, "providers": ["cpu"], "weights": weights})
    plain = lambda values: [{"name": v.name, "dtype": ORT_TYPES[v.type], "shape": shape_of(v)} for v in values if v.type in ORT_TYPES]  # noqa: E731
    return {"inputs": plain(session.get_inputs()), "outputs": plain(session.get_outputs())}
