import { z } from 'zod';
import { choice, choices, flag, real, text, texts, whole } from '../parameter.js';

/** Execution providers of onnxruntime, by the short names that the hosts have for them; which are there differs. */
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
    description: 'Folder of model manifests; relative to the package.',
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
    description: 'Execution providers in order of preference; the CPU is tried last in any case.',
    unit: '',
    source: '',
  }),
  timeout_ms: real(
    2000,
    { min: 10, max: 600000 },
    { description: 'A model host that has not answered after this is replaced.', unit: 'ms', source: '' },
  ),
  load_timeout_ms: real(
    30000,
    { min: 100, max: 3600000 },
    {
      description: 'Time allowed to start a model host, and again to load one model.',
      unit: 'ms',
      source: 'a model of 400 MB from a slow disk',
    },
  ),
  load_mb_per_s: real(
    20,
    { min: 0.1, max: 100000 },
    {
      description:
        'A model may take longer than models.load_timeout_ms to load, by the time to read its files at this speed.',
      unit: 'MB/s',
      source: 'a card that is busy otherwise; 2.4 GB get two minutes more',
    },
  ),
  queue_max: whole(
    32,
    { min: 1, max: 10000 },
    {
      description: 'Requests waiting for the model host at most; one more is refused.',
      unit: '',
      source: '',
    },
  ),
  slots_max: whole(
    128,
    { min: 2, max: 100000 },
    {
      description: 'Intermediate tensors kept in the model host at most; a refinement of vision holds ten.',
      unit: '',
      source: '',
    },
  ),
  slot_mb_max: real(
    256,
    { min: 1, max: 1000000 },
    {
      description: 'Memory of the intermediate tensors kept in the model host at most.',
      unit: 'MB',
      source: '',
    },
  ),
  restart_min_ms: real(
    200,
    { min: 1, max: 600000 },
    {
      description: 'Pause before a model host that died is started again; doubles while it keeps dying.',
      unit: 'ms',
      source: '',
    },
  ),
  restart_max_ms: real(
    30000,
    { min: 1, max: 3600000 },
    { description: 'Longest such pause, also between attempts to load a model.', unit: 'ms', source: '' },
  ),
  nice: whole(
    5,
    { min: 0, max: 19 },
    {
      description: 'How far the model host gives way to other processes (niceness).',
      unit: '',
      source: 'so that the cycle keeps its pace on two cores',
    },
  ),
  host: choice(['node', 'python'], 'node', {
    description:
      'What runs the models: Node with onnxruntime-node, or Python with onnxruntime (for TensorRT on a Jetson).',
    unit: '',
    source: '',
  }),
  python: text('', {
    description: 'Python for models.host = python; empty = SAGE_PYTHON_ORT of the environment, else python3.',
    unit: '',
    source: '',
  }),
  precision: choice(['auto', 'fp32', 'fp16', 'int8'], 'auto', {
    description:
      'Which files of a model are loaded, where it has several. auto: int8 where providers begins with cpu, else fp32.',
    unit: '',
    source: 'docs/models/vision.md: int8 is as good and takes two thirds of the time on a CPU',
  }),
  tensorrt_cache: text('', {
    description:
      'Folder for TensorRT engines, one in it for each model file; empty = engines are built anew at each load.',
    unit: '',
    source: '',
  }),
  tensorrt_build_s: real(
    1800,
    { min: 0, max: 36000 },
    {
      description:
        'Time allowed beside models.load_timeout_ms to load a model that TensorRT may have to build engines for.',
      unit: 's',
      source: 'ten minutes for one detector on an Orin are reported (roboflow/inference pull request 2703)',
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
    { description: 'Memory that TensorRT may use to build and run an engine.', unit: 'MB', source: '' },
  ),
  ram_mb_max: real(
    2048,
    { min: 1, max: 1000000 },
    { description: 'Memory budget of all model hosts together.', unit: 'MB', source: '' },
  ),
  gpu_mb_max: real(
    0,
    { min: 0, max: 1000000 },
    {
      description: 'GPU memory budget of all models together, by estimate from their files. 0 = not counted.',
      unit: 'MB',
      source: '',
    },
  ),
  host_mb_max: real(
    1536,
    { min: 1, max: 1000000 },
    {
      description: 'A model host that takes more than this is replaced: it leaks.',
      unit: 'MB',
      source: '',
    },
  ),
  pinned: texts([], {
    description: 'Ids of models that are always loaded and never make room for others.',
    unit: '',
    source: '',
  }),
  rest_idle_s: real(
    10,
    { min: 0, max: 86400 },
    {
      description:
        'In REST and DREAM a model that nothing has asked for this long is unloaded, unless a goal waits; 0 = never.',
      unit: 's',
      source: '',
    },
  ),
  idle_s: real(
    300,
    { min: 0, max: 864000 },
    {
      description:
        'A model that no plugin uses is unloaded when nothing has asked for it this long; 0 = never.',
      unit: 's',
      source: '',
    },
  ),
  hysteresis: real(
    1.3,
    { min: 1, max: 10 },
    {
      description: 'A model makes room for another only if that is worth this many times more per MB.',
      unit: '',
      source: 'so that two of equal worth do not take turns',
    },
  ),
  dwell_s: real(
    5,
    { min: 0, max: 3600 },
    {
      description: 'A model that was just loaded or swapped in stays at least this long.',
      unit: 's',
      source: '',
    },
  ),
  complexity_swap: flag(false, {
    description:
      'Whether the complexity of the task chooses among the members of a family; a member that fails gives way in any case.',
    unit: '',
    source: 'docs/models/vision.md: what it saves and costs',
  }),
  complexity_fall_s: real(
    20,
    { min: 0, max: 3600 },
    {
      description: 'Time in which a complexity of 1 is forgotten: it rises at once and falls slowly.',
      unit: 's',
      source: 'so that a moment of ease does not bring a model that the next moment sends away',
    },
  ),
  probe_file: text('', {
    description:
      'File with what sage models probe measured on this machine; empty = ~/.cache/sage/model-probes.json.',
    unit: '',
    source: 'XDG base directories',
  }),
  adapters: texts([], {
    description:
      'Ids of models with an adapter that join the loop as plugins; see docs/bring-your-own-model.md.',
    unit: '',
    source: '',
  }),
});

export const perceptionParameters = z.strictObject({
  block: choice(['modular', 'monolithic', 'hybrid'], 'modular', {
    description:
      'What perceives: a model per modality, one model for several, or that one where it can and the others elsewhere.',
    unit: '',
    source: 'seeds/001 §1.3',
  }),
  model: text('tabletop-omni', {
    description:
      'Id of the model for several modalities that vision and language run unless block = modular.',
    unit: '',
    source: '',
  }),
});
