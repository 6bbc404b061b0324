import { z } from 'zod';
import { choice, choices, flag, real, text, texts, whole } from '../parameter.js';

/** Execution providers of onnxruntime by their short names; which are available depends on the build. */
const EXECUTION_PROVIDERS = [
  'cpu',
  'cuda',
  'tensorrt',
  'rocm',
  'migraphx',
  'openvino',
  'dml',
  'coreml',
  'qnn',
  'webgpu',
  'xnnpack',
  'dnnl',
  'cann',
] as const;

export const modelParameters = z.strictObject({
  folder: text('models', {
    description: 'Folder of model manifests, relative to the package.',
    unit: '',
    source: '',
  }),
  threads: whole(
    1,
    { min: 1, max: 64 },
    {
      description: 'Intra-op threads of the model host.',
      unit: '',
      source: 'measured: two sessions with two threads on two cores take 2.4 times as long',
    },
  ),
  providers: choices(EXECUTION_PROVIDERS, ['cpu'], {
    description: 'Execution providers in order of preference; the CPU is always tried last.',
    unit: '',
    source: '',
  }),
  timeout_ms: real(
    2000,
    { min: 10, max: 600000 },
    {
      description: 'A model host that does not answer within this time is replaced.',
      unit: 'ms',
      source: '',
    },
  ),
  load_timeout_ms: real(
    30000,
    { min: 100, max: 3600000 },
    {
      description: 'Time allowed to start a model host, and again to load one model.',
      unit: 'ms',
      source: 'a 400 MB model on a slow disk',
    },
  ),
  load_mb_per_s: real(
    20,
    { min: 0.1, max: 100000 },
    {
      description:
        'Loading a model may exceed models.load_timeout_ms by the time to read its files at this speed.',
      unit: 'MB/s',
      source: 'a busy SD card; 2.4 GB get two more minutes',
    },
  ),
  queue_max: whole(
    32,
    { min: 1, max: 10000 },
    {
      description: 'Maximum requests waiting for a model host; further ones are rejected.',
      unit: '',
      source: '',
    },
  ),
  slots_max: whole(
    128,
    { min: 2, max: 100000 },
    {
      description: 'Maximum intermediate tensors kept in a model host; a vision refinement holds ten.',
      unit: '',
      source: '',
    },
  ),
  slot_mb_max: real(
    256,
    { min: 1, max: 1000000 },
    {
      description: 'Memory limit for intermediate tensors in a model host.',
      unit: 'MB',
      source: '',
    },
  ),
  restart_min_ms: real(
    200,
    { min: 1, max: 600000 },
    {
      description: 'Pause before restarting a model host that died; doubles while it keeps dying.',
      unit: 'ms',
      source: '',
    },
  ),
  restart_max_ms: real(
    30000,
    { min: 1, max: 3600000 },
    {
      description: 'Maximum restart pause; also limits the pause between attempts to load a model.',
      unit: 'ms',
      source: '',
    },
  ),
  nice: whole(
    5,
    { min: 0, max: 19 },
    {
      description: 'Niceness of the model hosts.',
      unit: '',
      source: 'keeps the cycle on time on two cores',
    },
  ),
  host: choice(['node', 'python'], 'node', {
    description:
      'Runtime of the models: Node with onnxruntime-node, or Python with onnxruntime (for TensorRT on a Jetson).',
    unit: '',
    source: '',
  }),
  python: text('', {
    description: 'Python interpreter for models.host: python; empty = $SAGE_PYTHON_ORT, else python3.',
    unit: '',
    source: '',
  }),
  precision: choice(['auto', 'fp32', 'fp16', 'int8'], 'auto', {
    description:
      'Precision to load, if a model has several. auto: int8 if providers starts with cpu, else fp32.',
    unit: '',
    source: 'docs/models/vision.md: int8 is as good and takes two thirds of the time on a CPU',
  }),
  tensorrt_cache: text('', {
    description:
      'Cache folder for TensorRT engines, with a subfolder per model file; empty = rebuild engines at each load.',
    unit: '',
    source: '',
  }),
  tensorrt_build_s: real(
    1800,
    { min: 0, max: 36000 },
    {
      description:
        'Extra time beyond models.load_timeout_ms to load a model for which TensorRT may build engines.',
      unit: 's',
      source: 'ten minutes for one detector reported on an Orin (roboflow/inference pull request 2703)',
    },
  ),
  tensorrt_fp16: flag(true, {
    description: 'Let TensorRT compute in half precision.',
    unit: '',
    source: '',
  }),
  tensorrt_workspace_mb: real(
    1024,
    { min: 16, max: 65536 },
    { description: 'Memory TensorRT may use to build and run an engine.', unit: 'MB', source: '' },
  ),
  ram_mb_max: real(
    2048,
    { min: 1, max: 1000000 },
    { description: 'Memory budget for all model hosts together.', unit: 'MB', source: '' },
  ),
  gpu_mb_max: real(
    0,
    { min: 0, max: 1000000 },
    {
      description: 'GPU memory budget for all models together, estimated from their files; 0 = not enforced.',
      unit: 'MB',
      source: '',
    },
  ),
  host_mb_max: real(
    1536,
    { min: 1, max: 1000000 },
    {
      description: 'A model host that exceeds this is replaced, as it probably leaks.',
      unit: 'MB',
      source: '',
    },
  ),
  pinned: texts([], {
    description: 'Ids of models that stay loaded and never make room for others.',
    unit: '',
    source: '',
  }),
  rest_idle_s: real(
    10,
    { min: 0, max: 86400 },
    {
      description:
        'In REST and DREAM, unload models not used for this long unless a goal is waiting; 0 = never.',
      unit: 's',
      source: '',
    },
  ),
  idle_s: real(
    300,
    { min: 0, max: 864000 },
    {
      description: 'Unload a model that no plugin uses after this long without requests; 0 = never.',
      unit: 's',
      source: '',
    },
  ),
  hysteresis: real(
    1.3,
    { min: 1, max: 10 },
    {
      description: 'A model makes room for another only if the other is worth this many times more per MB.',
      unit: '',
      source: 'keeps two models of equal worth from alternating',
    },
  ),
  dwell_s: real(
    5,
    { min: 0, max: 3600 },
    {
      description: 'Minimum time a model stays after being loaded or swapped in.',
      unit: 's',
      source: '',
    },
  ),
  complexity_swap: flag(false, {
    description:
      'Choose among the members of a model family by task complexity. A failing member is always replaced.',
    unit: '',
    source: 'docs/models/vision.md: what it saves and costs',
  }),
  complexity_fall_s: real(
    20,
    { min: 0, max: 3600 },
    {
      description: 'Time for a complexity of 1 to decay to 0; it rises at once.',
      unit: 's',
      source: 'keeps a short easy moment from causing a swap',
    },
  ),
  probe_file: text('', {
    description: 'File with the results of sage models probe; empty = ~/.cache/sage/model-probes.json.',
    unit: '',
    source: 'XDG base directories',
  }),
  adapters: texts([], {
    description: 'Ids of models with an adapter to run as plugins; see docs/bring-your-own-model.md.',
    unit: '',
    source: '',
  }),
});

export const perceptionParameters = z.strictObject({
  block: choice(['modular', 'monolithic', 'hybrid'], 'modular', {
    description:
      'Models used for perception: one per modality (modular), one for several (monolithic), or that one where possible and the others elsewhere (hybrid).',
    unit: '',
    source: 'seeds/001 §1.3',
  }),
  model: text('tabletop-omni', {
    description: 'Id of the multi-modal model that vision and language use unless block is modular.',
    unit: '',
    source: '',
  }),
});
