import { z } from 'zod';

const faultSchema = z.object({ code: z.string(), where: z.string(), text: z.string() });

/** One record for each cycle that changes what the robot does. Plain data: it is published, stored and explained. */
export const decisionSchema = z.object({
  decision_id: z.string(),
  cycle: z.int().min(0),
  stamp_ms: z.number(),
  image_stamp_ms: z.number().nullable().describe('stamp of the image the decision rests on'),
  state: z.string(),
  energy: z.number(),
  goal: z
    .object({ goal_id: z.string(), text: z.string(), step: z.string(), progress: z.number() })
    .nullable(),
  salience: z.array(
    z.object({
      source: z.string(),
      surprise: z.number(),
      novelty: z.number(),
      arousal: z.number(),
      reward: z.number(),
      conflict: z.number(),
      combined: z.number(),
      repeats: z
        .object({ period_s: z.number(), phase: z.array(z.number()).length(2) })
        .optional()
        .describe('if the source is periodic: its period, and sine and cosine of its current phase'),
    }),
  ),
  attention: z
    .object({
      shares: z.record(z.string(), z.number()).describe('share of each source; they sum to 1'),
      evidence: z.array(
        z.object({
          source: z.string(),
          row: z.int(),
          column: z.int(),
          share: z.number(),
          surprise: z.number(),
          why: z.enum(['surprise', 'goal']),
        }),
      ),
    })
    .optional()
    .describe('the sources that share attention, and the image patches it is on'),
  considered: z.array(
    z.object({ plugin: z.string(), chosen: z.boolean(), value: z.number(), reason: z.string() }),
  ),
  budget: z.object({
    total_atp: z.number().describe('income since the start, minus what expired'),
    allocated_atp: z.number().describe('allocated to refinements and not yet spent'),
    reserve_atp: z.number(),
    spent_atp: z.number().describe('spent since the start'),
    since_atp: z.number().default(0).describe('spent since the previous record'),
    shares: z
      .record(z.string(), z.number())
      .default({})
      .describe('share the plan gives each resource; they sum to 1; empty if nothing runs'),
  }),
  spent: z
    .record(z.string(), z.number())
    .default({})
    .describe('ATP spent by each refinement that is running or has just ended'),
  energies: z.record(z.string(), z.number()),
  trust: z.record(z.string(), z.number()),
  action: z.string().describe('what was sent to the effectors, or why nothing was'),
  reason: z.string(),
  rejected: z.array(faultSchema),
  faults: z.array(faultSchema),
});

export type Decision = z.infer<typeof decisionSchema>;

/** How much of a record is kept where the world gives more, so that none grows without end. */
export const DECISION_LIMITS = { sources: 64, considered: 128, faults: 32, reason_characters: 4000 } as const;

/** A decision as it stands in the log of a run, one line of JSON; other kinds of lines stand beside it. */
export const decisionLineSchema = z.object({
  kind: z.literal('decision'),
  cycle: z.int().min(0),
  decision: decisionSchema,
});
