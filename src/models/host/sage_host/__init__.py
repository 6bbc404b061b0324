"""The model host in Python (docs/model-host.md). What is what:

    streams   the descriptors that frames come and go on      verify    files as the manifest says, no data outside
    frames    what goes over them                             sessions  graphs: opened, compared, run once
    lane      the file that is shared with the client         graph     a graph that is ready, where its outputs go
    memory    for outputs, used again                         batch     several items in one request
    tensors   element types, finite values, views             ahead     the run that is done before it is asked for
    slots     tensors that stay between runs                  server    models, and what each request does
    errors    what a request can fail with                    providers which run a graph, TensorRT's engines
    main      reads and answers
"""

# Before anything else: whatever a library prints while it is imported must not get between the frames.
from . import streams  # noqa: F401
