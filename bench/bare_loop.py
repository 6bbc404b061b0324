"""A bare loop in Python's onnxruntime: what bench/refine.bench.ts compares the model host with.

Reads a number of frames per line, refines each in as many steps as told, and answers with the times in ms as JSON.
"""

import json
import sys
import time

import numpy as np
import onnxruntime as ort

files, threads, steps = sys.argv[1:3], int(sys.argv[3]), int(sys.argv[4])
options = ort.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
encoder, refine = (ort.InferenceSession(file, options, providers=["CPUExecutionProvider"]) for file in files)
image = ((np.arange(480 * 640 * 3) * 31) % 251).astype(np.uint8).reshape(1, 480, 640, 3)


def frame():
    features, state = encoder.run(["features", "state0"], {"image": image})
    for _ in range(steps):
        state, probs, energy, confidence = refine.run(["next_state", "probs", "energy", "confidence"], {"features": features, "state": state})
    return probs, energy, confidence


print(json.dumps({"onnxruntime": ort.__version__}), flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        began = time.perf_counter()
        frame()
        times.append(1000 * (time.perf_counter() - began))
    print(json.dumps(times), flush=True)
