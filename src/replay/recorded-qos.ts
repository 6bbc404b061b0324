import { z } from 'zod';
import { yaml } from './yaml.js';

/** Quality of service of a topic, as it was offered when it was recorded. */
export interface RecordedQos {
  readonly depth: number;
  readonly reliable: boolean;
  readonly latched: boolean;
}

/** As ros2 bag play offers where the bag says nothing. */
const DEFAULT: RecordedQos = { depth: 10, reliable: true, latched: false };
const DEPTH_MAX = 1000;

/** Words since Iron, numbers of rmw before. */
const policy = z.union([z.string(), z.number()]);
const profilesSchema = z.array(
  z.looseObject({ depth: z.number().optional(), reliability: policy, durability: policy }),
);

/**
 * Reads `offered_qos_profiles` of a bag: one profile per publisher, as YAML. Publishers that differed become what
 * every subscriber of theirs can be matched with: reliable and latched only where all were.
 */
export function recordedQos(text: string): RecordedQos {
  if (text.trim() === '') return DEFAULT;
  let raw: unknown;
  try {
    // Its warnings would stand on the terminal, without a place.
    raw = yaml().parse(text, { logLevel: 'error' });
  } catch {
    // A bag with a profile that cannot be read is played with the default, as one without.
    return DEFAULT;
  }
  const parsed = profilesSchema.safeParse(raw);
  if (!parsed.success || parsed.data.length === 0) return DEFAULT;
  const depth = Math.max(...parsed.data.map((profile) => profile.depth ?? 0));
  return {
    // 0 where the middleware did not tell, as Fast DDS never does.
    depth: depth > 0 ? Math.min(DEPTH_MAX, depth) : DEFAULT.depth,
    reliable: parsed.data.every(({ reliability }) => reliability !== 2 && reliability !== 'best_effort'),
    latched: parsed.data.every(({ durability }) => durability === 1 || durability === 'transient_local'),
  };
}
