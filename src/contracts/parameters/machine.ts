import { z } from 'zod';
import { choice, flag, real, text, texts, whole } from '../parameter.js';

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
  providers: texts(['cpu'], {
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
    description: 'Folder for TensorRT engines; empty = engines are built anew at each load.',
    unit: '',
    source: '',
  }),
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

export const visionParameters = z.strictObject({
  model: text('vision-refiner', {
    description: 'Id of the model manifest that segments the camera image.',
    unit: '',
    source: '',
  }),
  max_steps: whole(
    8,
    { min: 1, max: 64 },
    { description: 'L-steps per frame at most.', unit: '', source: 'trained with up to 9' },
  ),
  deadline_ms: real(
    1500,
    { min: 10, max: 600000 },
    { description: 'Time for one frame at most; the best so far is used then.', unit: 'ms', source: '' },
  ),
  halt_eps: real(
    0.03,
    { min: 0, max: 10 },
    {
      description: 'A frame is done when its energy has changed by less than this over halt_k steps.',
      unit: 'nats per pixel',
      source: 'early stop against the ground truth in docs/models/vision.md',
    },
  ),
  halt_k: whole(
    1,
    { min: 1, max: 64 },
    { description: 'Steps over which the change of energy is taken.', unit: '', source: 'as halt_eps' },
  ),
  halt_confidence: real(
    0.5,
    { min: 0, max: 1 },
    {
      description: 'A frame is done when the segmentation is this sure of itself (expected mean IoU).',
      unit: '',
      source: 'seeds/002, confidence short-circuit; early stop in docs/models/vision.md',
    },
  ),
  step_ahead: flag(true, {
    description: 'The model host begins the next step while the kernel looks at the last one.',
    unit: '',
    source: 'docs/model-host.md: a step ahead',
  }),
  confidence: real(
    0.5,
    { min: 0, max: 1 },
    { description: 'Objects below this confidence are not believed.', unit: '', source: '' },
  ),
  min_area_px: whole(
    12,
    { min: 1, max: 19200 },
    {
      description: 'Objects of fewer pixels of the 160 × 120 mask are not believed.',
      unit: 'px',
      source: '',
    },
  ),
});

export const trajectoryParameters = z.strictObject({
  max_steps: whole(
    120,
    { min: 1, max: 5000 },
    { description: 'L-steps per trajectory at most.', unit: '', source: '' },
  ),
  position_tolerance_m: real(
    0.004,
    { min: 0.0001, max: 0.1 },
    {
      description: 'A trajectory whose end is nearer than this to its target is good enough to be sent.',
      unit: 'm',
      source: '',
    },
  ),
  approach_tolerance_rad: real(
    0.08,
    { min: 0.001, max: 1.6 },
    { description: 'Largest angle between the tool and the wanted approach.', unit: 'rad', source: '' },
  ),
  clearance_m: real(
    0.005,
    { min: 0, max: 0.2 },
    {
      description: 'Smallest distance of the links from the table and from each other.',
      unit: 'm',
      source: '',
    },
  ),
});

export const safetyParameters = z.strictObject({
  start_tolerance: real(
    0.05,
    { min: 0.001, max: 1 },
    {
      description: 'A trajectory must start within this of the measured joints.',
      unit: 'rad or m',
      source: '',
    },
  ),
  follow_tolerance: real(
    0.35,
    { min: 0.01, max: 3 },
    {
      description: 'A measured joint farther than this from the plan means that the arm does not follow.',
      unit: 'rad or m',
      source: '',
    },
  ),
});

export const nodeParameters = z.strictObject({
  robot_id: text('sage', {
    description: 'Name of the robot in telemetry (entity_id).',
    unit: '',
    source: 'seeds/002',
  }),
  autostart: flag(true, {
    description: 'Configure and activate the lifecycle node by itself.',
    unit: '',
    source: '',
  }),
  state_folder: text('', {
    description:
      'Folder for what must survive a crash (goals); empty = ~/.local/state/sage, "none" = keep nothing.',
    unit: '',
    source: 'XDG base directories',
  }),
  plugins: texts([], {
    description:
      'Modules of further IRP plugins, each exporting extension(parameters); see docs/writing-a-plugin.md.',
    unit: '',
    source: '',
  }),
  real_time_priority: whole(
    1,
    { min: 0, max: 99 },
    {
      description:
        'Real-time priority (SCHED_RR) of the thread that runs the cycle, where the system permits it; 0 = none.',
      unit: '',
      source: 'docs/adr/0013-cycle-goes-first.md',
    },
  ),
  log: text('', {
    description: 'File for the log of the run, from which it can be replayed; empty = none.',
    unit: '',
    source: '',
  }),
  external_blocks: texts([], {
    description:
      'Blocks that run as processes of their own: camera, joints, battery, emergency_stop, goal, arm, gripper.',
    unit: '',
    source: '',
  }),
});

export const simParameters = z.strictObject({
  seed: whole(
    1,
    { min: 0, max: 4294967295 },
    { description: 'Seed of the simulated world.', unit: '', source: '' },
  ),
  blocks: whole(
    4,
    { min: 0, max: 8 },
    { description: 'Coloured blocks on the table.', unit: '', source: '' },
  ),
  camera_rate_hz: real(
    30,
    { min: 1, max: 120 },
    { description: 'Frames per second.', unit: 'Hz', source: '' },
  ),
  joint_rate_hz: real(
    100,
    { min: 1, max: 1000 },
    { description: 'Joint states per second.', unit: 'Hz', source: '' },
  ),
  hand_at_s: real(
    0,
    { min: 0, max: 86400 },
    { description: 'When a hand enters the scene; 0 = never.', unit: 's', source: '' },
  ),
  hand_for_s: real(
    3,
    { min: 0.1, max: 3600 },
    { description: 'How long the hand stays.', unit: 's', source: '' },
  ),
  drop_share: real(
    0,
    { min: 0, max: 1 },
    { description: 'Share of camera frames dropped.', unit: '', source: '' },
  ),
  freeze_at_s: real(
    0,
    { min: 0, max: 86400 },
    { description: 'When the camera freezes for freeze_for_s; 0 = never.', unit: 's', source: '' },
  ),
  freeze_for_s: real(
    2,
    { min: 0, max: 3600 },
    { description: 'How long the camera is frozen.', unit: 's', source: '' },
  ),
  noise: real(
    0.008,
    { min: 0, max: 0.5 },
    {
      description: 'Standard deviation of the pixel noise, share of full scale.',
      unit: '',
      source: 'two of 255',
    },
  ),
  stuck_joint: text('', {
    description: 'A joint that is held where it is; empty = none.',
    unit: '',
    source: '',
  }),
  publish_clock: flag(false, {
    description:
      'Publish /clock and stamp everything with the time of the world; also where use_sim_time is set.',
    unit: '',
    source: '',
  }),
});
