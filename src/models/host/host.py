"""The model host in Python: runs ONNX graphs with onnxruntime for the node that started it.

Speaks the frames of docs/model-host.md on stdin and stdout, as src/models/host/main.ts does. It is the way to
TensorRT on a Jetson, where npm's build of onnxruntime has the CPU alone. Needs Python 3.8, numpy and onnxruntime (or
onnxruntime-gpu); nothing else. The parts are in sage_host/.
"""

from sage_host.main import run

if __name__ == "__main__":
    run()
