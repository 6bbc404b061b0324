"""Reads requests and answers them."""

import os
import signal
import sys

import onnxruntime as ort

from .errors import DETAIL_MAX, Refused
from .frames import PROTOCOL, read_frame, write_answer, write_frame
from .providers import SHORT
from .server import Server

EXIT_NOT_THE_PROTOCOL = 3


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
        finally:
            # Whatever came of it, the next frame begins after this one. An input that ends here ends the host.
            body.read()
        if number is not None:
            write_answer({"id": number, "ok": True, **more}, tensors, server.lane, server.ahead.held)
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


def serve():
    first_victim()
    available = [SHORT.get(name, name) for name in ort.get_available_providers()]
    write_frame({"op": "hello", "protocol": PROTOCOL, "runtime": f"onnxruntime (Python) {ort.__version__}", "providers": available, "lane": True})
    server = Server()
    while True:
        frame = read_frame()
        if frame is None:
            return
        answer(server, *frame)


def run():
    """Does not return."""
    # Ctrl-C reaches the whole process group; the parent closes the input when it is done with this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        serve()
        code = 0
    except (EOFError, ValueError, BrokenPipeError) as thrown:
        complain(str(thrown))
        code = EXIT_NOT_THE_PROTOCOL
    os._exit(code)
