"""The run that the host does ahead of being asked, as src/models/host/ahead.ts has it.

A thread of its own does it, so that the model goes on while this side answers, waits, and takes the next request apart: the
runtime lets go of Python's lock while it computes. When a request for it comes before it is done, the run after that one
is made ready meanwhile, and the thread goes from one to the other at once.

A run waits until it is asked for, or until a slot that it rests on is freed; until then no other is begun, so what is done
for nothing is bounded by one run per refinement.
"""

import math
import sys
import threading
from queue import SimpleQueue

# How long a thread may go on that another waits for, where 5 ms are usual.
SWITCH_S = 20e-6


def is_over(ahead, outputs):
    """Whether an output lies where the next step is not wanted any more."""
    return any(each.get("from", -math.inf) <= outputs[each["output"]].flat[0] <= each.get("to", math.inf) for each in ahead["unless"])


def pairs(slots):
    return {each["name"]: each["slot"] for each in slots}


class Job:
    """A run on the thread: one that nobody has asked for yet, or that others follow. `arrived` waits for what goes into it."""

    def __init__(self, request, run, arrived=None):
        self.request, self.run, self.arrived = request, run, arrived
        self.finished, self.error = False, None
        # What is done next, unless the outcome of this one makes it needless.
        self.following = None
        # Held until the run is done.
        self.gate = threading.Lock()
        self.gate.acquire()

    def fits(self, request, wanted):
        ahead = self.request
        same = ahead["model"] == request["model"] and ahead["graph"] == request["graph"] and pairs(ahead["slots"]) == pairs(request["slots"])
        return same and not request["inputs"] and all(name in self.run.wanted for name in wanted)

    def wait(self):
        if not self.finished:
            with self.gate:
                pass

    def next(self):
        """The job after this one, which is done."""
        wanted = self.following is not None and self.error is None and not is_over(self.following.request, self.run.outputs)
        return self.following if wanted else None


class Ahead:
    def __init__(self):
        # The job that waits for its request, and the one that the thread may still be at.
        self.waiting, self.under_way = None, None
        self.wasted_ms, self.runs, self.used, self.wasted = 0.0, 0, 0, 0
        self.queue, self.thread, self.lock = SimpleQueue(), None, threading.Lock()

    @property
    def held(self):
        """The part of the lane that its outputs lie in, or None."""
        return self.waiting.run.part if self.waiting else None

    def begin(self, job):
        if self.thread is None:
            # The thread that begins a run is waited for by the model, the other by nobody: it gives way soon.
            sys.setswitchinterval(SWITCH_S)
            self.thread = threading.Thread(target=self.work, daemon=True)
            self.thread.start()
        self.waiting = self.under_way = job
        self.queue.put(job)

    def work(self):
        while True:
            job = self.queue.get()
            while job is not None:
                job = self.perform(job)

    def perform(self, job):
        """Returns the job to go on with, or None."""
        try:
            if job.arrived is not None:
                job.arrived()
            job.run.go()
            self.runs += 1
        except Exception as error:  # noqa: BLE001 - whoever asks for this run has it done then, and is told what is wrong
            job.error = error
        with self.lock:
            job.finished = True
            following = job.next()
        job.gate.release()
        return following

    def settle(self):
        """Waits until nothing is done ahead any more."""
        if self.under_way is not None:
            self.under_way.wait()
            self.under_way = None

    def match(self, request, wanted):
        """The job that this request asks for, or None."""
        return self.waiting if self.waiting is not None and self.waiting.fits(request, wanted) else None

    def take(self, job, following):
        """The run of the job that waits, done; the job that follows is begun if its outcome leaves it wanted. None where it failed."""
        with self.lock:
            late = job.finished
            job.following = following
        job.wait()
        following = job.next()
        self.waiting = self.under_way = following
        if job.error is not None:
            return None
        self.used += 1
        if late and following is not None:
            self.begin(following)
        return job.run

    def first(self, job, following):
        """Has a run done that is asked for now, and that the thread goes on from. Raises what it raised."""
        job.following = following
        self.begin(job)
        job.wait()
        self.waiting = self.under_way = job.next()
        if job.error is not None:
            raise job.error

    def drop(self, rests):
        """What rests on a slot that is gone, or on a model that is unloaded, was for nothing."""
        if self.waiting is not None and rests(self.waiting.request):
            self.settle()
            self.wasted_ms += self.waiting.run.run_ms
            self.waiting, self.wasted = None, self.wasted + 1

    def take_wasted(self):
        """Time of runs that were for nothing since this was last asked, ms."""
        wasted_ms, self.wasted_ms = self.wasted_ms, 0.0
        return wasted_ms
