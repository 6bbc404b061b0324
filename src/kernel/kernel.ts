import type { Effects } from '../contracts/effects.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { seededRandom } from '../contracts/ports.js';
import { Actor } from './act.js';
import { type CycleInputs, cycle } from './cycle.js';
import { AttentionFaculty } from './faculties/attention.js';
import { LanguageFaculty } from './faculties/language.js';
import { MotionFaculty } from './faculties/motion.js';
import { VisionFaculty } from './faculties/vision.js';
import { Learner } from './learn.js';
import { MemoryWork } from './memory-work.js';
import type { Mind, MindParts } from './mind.js';
import { Recorder } from './record.js';
import { Situation } from './situation.js';
import { initialTime } from './temporal.js';

export interface Kernel {
  cycle(inputs: CycleInputs): Effects;
  readonly mind: Mind;
}

/** Assembles the kernel. Nothing runs until the first cycle. */
export function createKernel(parameters: Parameters, parts: MindParts): Kernel {
  const motion = new MotionFaculty();
  const attention = parameters.attention.enabled ? [new AttentionFaculty()] : [];
  const language = parameters.language.enabled ? [new LanguageFaculty()] : [];
  const random = seededRandom(parameters.kernel.seed);
  const mind: Mind = {
    ...parts,
    faculties: [new VisionFaculty(), motion, ...attention, ...language, ...parts.faculties],
    parameters,
    situation: new Situation(parameters),
    motion,
    actor: new Actor(motion),
    learner: new Learner(),
    memory: new MemoryWork(),
    recorder: new Recorder(),
    random: () => random.next(),
    running: new Set(),
    preempted: new Map(),
    wanted_since_ms: new Map(),
    energies: {},
    h_energy: 0,
    time: initialTime,
    trust: {},
    interrupted: false,
    blame: null,
    faults: [],
  };
  return { mind, cycle: (inputs) => cycle(mind, inputs) };
}
