"""Several items in one request, as src/models/host/batch.ts has it."""

import numpy as np

from .errors import DETAIL_MAX, Refused
from .tensors import require_finite

# What a manifest calls a first dimension whose rows do not touch each other.
ROWS_NAMES = ("n", "N", "b", "B", "batch", "batch_size")


def run_items(graph, items, fetch, where):
    """Items that fit are run as one where the graph allows, else in turn; what fails for one fails for it alone.

    `items` are feeds, or what is wrong with them. Returns what is told of each, their tensors, and how many runs went well.
    """
    feeds = [item for item in items if not isinstance(item, Refused)]
    results, runs = run_stacked(graph, feeds, fetch, where) or run_in_turn(graph, feeds, fetch, where)
    told, tensors = [], []
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
    return told, tensors, runs


def run_stacked(graph, feeds, fetch, where):
    """None where they cannot be stacked, or the graph does not take them so: then each is run by itself."""
    opens = all(value["shape"] and value["shape"][0] in ROWS_NAMES for value in [*graph.declared["inputs"], *graph.declared["outputs"]])
    shapes = {tuple((name, array.dtype, array.shape) for name, array in sorted(each.items())) for each in feeds}
    if len(feeds) < 2 or not opens or len(shapes) > 1:
        return None
    rows = {len(array) for array in feeds[0].values()}
    if len(rows) > 1 or 0 in rows:
        return None
    count, all_rows = len(feeds), len(feeds) * rows.pop()
    try:
        together = {name: np.concatenate([each[name] for each in feeds]) for name in feeds[0]}
        outputs = graph.session.run(fetch, together)
    except Exception:  # noqa: BLE001 - one item can spoil the run of all; run in turn, it is found and named
        return None
    for name, array in zip(fetch, outputs):
        if array.ndim == 0 or len(array) != all_rows:
            told = f'output "{name}" has {len(array) if array.ndim else 0} rows for {count} items of {all_rows // count}: its first dimension is not a batch'
            return [Refused("SAGE_508", where, told)] * count, 1
    parts = [np.split(array, count) for array in outputs]
    return [dict(zip(fetch, own)) for own in zip(*parts)], 1


def run_in_turn(graph, feeds, fetch, where):
    results = []
    for each in feeds:
        try:
            results.append(dict(zip(fetch, graph.session.run(fetch, each))))
        except Exception as error:  # noqa: BLE001 - the runtime raises what it likes
            results.append(Refused("SAGE_505", where, str(error)))
    return results, sum(not isinstance(each, Refused) for each in results)
