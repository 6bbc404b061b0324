"""Execution providers: tried in order of preference, and what a user of TensorRT has to see to.

https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
"""

import contextlib
import io
import os
import shutil

import onnxruntime as ort

from .errors import Refused

ort.set_default_logger_severity(3)

REASON_MAX = 500
PROVIDERS = {
    "cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider",
    "rocm": "ROCMExecutionProvider", "openvino": "OpenVINOExecutionProvider", "coreml": "CoreMLExecutionProvider",
    "dml": "DmlExecutionProvider", "migraphx": "MIGraphXExecutionProvider", "qnn": "QNNExecutionProvider",
    "webgpu": "WebGpuExecutionProvider", "xnnpack": "XnnpackExecutionProvider", "dnnl": "DnnlExecutionProvider",
    "cann": "CANNExecutionProvider",
}
SHORT = {name: short for short, name in PROVIDERS.items()}
CACHE = "trt_engine_cache_path"
# Engines of files that are not in use any more; the oldest beyond these are removed.
CACHES_MAX = 32


def open_session(data, path, sha256, options):
    """Tries the providers one by one, the CPU last even where it is not named."""
    refused = []
    for provider in dict.fromkeys([*options["providers"], "cpu"]):
        try:
            if PROVIDERS.get(provider, provider) not in ort.get_available_providers():
                raise RuntimeError("this build of onnxruntime does not have it")
            own = dict(options.get("provider_options", {}).get(provider, {}))
            return with_cache(data, provider, own, sha256, options, refused), provider, refused
        except Exception as error:  # noqa: BLE001 - the runtime raises what it likes; each reason is told
            refused.append(reason(provider, error))
    raise Refused("SAGE_510", path, "; ".join(f"{each['provider']}: {each['reason']}" for each in refused))


def reason(provider, error):
    return {"provider": provider, "reason": str(error)[:REASON_MAX]}


def with_cache(data, provider, own, sha256, options, refused):
    """A session, whose engines are kept where the options say so. Notes in `refused` what of that could not be."""
    folder = own.pop(CACHE, None)
    if folder is None:
        return create(data, provider, own, options)
    try:
        kept = engine_folder(folder, sha256)
    except OSError as error:
        refused.append(reason(provider, f"engines are not kept: {error}"))
        return create(data, provider, {**own, "trt_engine_cache_enable": "False"}, options)
    had = bool(os.listdir(kept))
    try:
        return create(data, provider, {**own, CACHE: kept}, options)
    except Exception as error:  # noqa: BLE001 - an engine of another version of TensorRT, say, or one that was cut off
        if not had:
            raise
        refused.append(reason(provider, f"engines in {kept} were thrown away: {error}"))
        shutil.rmtree(kept)
        return create(data, provider, {**own, CACHE: engine_folder(folder, sha256)}, options)


def engine_folder(root, sha256):
    """One for each model file: the runtime names engines by the structure of a graph, and another training of the same
    network would get the weights of the last (https://github.com/microsoft/onnxruntime/issues/6455)."""
    os.makedirs(root, exist_ok=True)
    own = os.path.join(root, f"{sha256[:32]}-{ort.__version__}")
    os.makedirs(own, exist_ok=True)
    if not os.access(own, os.W_OK):
        raise PermissionError(f"{own} cannot be written to")
    os.utime(own)
    folders = [entry for entry in os.scandir(root) if entry.is_dir() and entry.name.endswith(f"-{ort.__version__}")]
    for entry in sorted(folders, key=lambda entry: entry.stat().st_mtime)[:-CACHES_MAX]:
        shutil.rmtree(entry.path, ignore_errors=True)
    return own


def create(data, provider, own, options):
    full = PROVIDERS.get(provider, provider)
    listed = [(full, own)]
    # What TensorRT cannot do itself runs on CUDA rather than on the CPU, with copies there and back.
    if provider == "tensorrt" and "cuda" in options["providers"] and PROVIDERS["cuda"] in ort.get_available_providers():
        listed.append((PROVIDERS["cuda"], options.get("provider_options", {}).get("cuda", {})))
    # Where a provider cannot be initialised, the runtime takes another one, and prints why.
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        session = ort.InferenceSession(data, session_options(options), providers=listed)
    if session.get_providers()[0] != full:
        raise RuntimeError(" ".join(printed.getvalue().replace("*", "").split()) or "it could not be initialised")
    # Else a run that fails is done again by another provider, and nobody learns of it.
    session.disable_fallback()
    return session


def session_options(options):
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = options["threads"]
    settings.inter_op_num_threads = 1
    settings.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.log_severity_level = 3
    weights = options.get("weights", {})
    if weights:
        values = [ort.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
        settings.add_external_initializers(list(weights), values)
    return settings
