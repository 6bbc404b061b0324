import type { Fault } from '../../contracts/errors.js';
import type { InferenceOutputs, InferenceRequest, Slot, Tensor } from '../../contracts/inference.js';
import type { JobCommand, JobReport } from '../../contracts/irp.js';
import type { ParameterValue } from '../../contracts/parameter-walk.js';
import type { Parameters } from '../../contracts/parameters/index.js';

/** What the refinement thread is started with. */
export interface ThreadSetup {
  readonly parameters: Parameters;
}

/** A request without its signal, which cannot cross: giving up is a message of its own. */
export type CrossingRequest = Omit<InferenceRequest, 'signal'>;

/** From the thread that serves ROS to the one that refines. Messages arrive in order. */
export type ToThread =
  | { readonly kind: 'submit'; readonly command: JobCommand }
  /** Asks for the reports of what changed; answered always, also where nothing did. */
  | { readonly kind: 'look' }
  | { readonly kind: 'description'; readonly urdf: string }
  | { readonly kind: 'parameter'; readonly path: string; readonly value: ParameterValue }
  | { readonly kind: 'outputs'; readonly id: number; readonly outputs: InferenceOutputs }
  | { readonly kind: 'tensor'; readonly id: number; readonly tensor: Tensor }
  | { readonly kind: 'refused'; readonly id: number; readonly fault: Fault };

/** From the thread that refines to the one that serves ROS. */
export type FromThread =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'reports';
      readonly reports: readonly JobReport[];
      readonly live_jobs: number;
      /** Whether this answers a `look`. */
      readonly asked: boolean;
    }
  | { readonly kind: 'run'; readonly id: number; readonly request: CrossingRequest }
  | { readonly kind: 'read'; readonly id: number; readonly slot: Slot }
  | { readonly kind: 'give_up'; readonly id: number }
  | { readonly kind: 'free'; readonly slots: readonly Slot[] };
