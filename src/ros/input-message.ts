import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode, SageError } from '../contracts/errors.js';
import { logModelEventSchema } from '../contracts/log.js';
import { METABOLIC_STATES } from '../contracts/metabolism.js';
import type { InputMoment, RunChange, RunInput, SaidReading } from '../contracts/run-input.js';
import { headerAt } from './outgoing.js';
import { stampToMs } from './stamps.js';

export const INPUT_TYPE = 'sage/msg/Input';
export const INPUT_TOPIC = 'sage/inputs';
/** Where a recording is played to: a node that publishes its own inputs must not hear those. */
export const REPLAYED_TOPIC = 'sage/inputs/replayed';

const PRESSED = 'pressed';
const RELEASED = 'released';

/** The fields of sage/msg/Input beside header and cycle. */
interface Fields {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
  readonly priority: number;
  readonly deadline_s: number;
  readonly detail_json: string;
}

const NOTHING = { name: '', text: '', priority: 0, deadline_s: 0, detail_json: '' } as const;

/** sage/msg/Input. */
export function inputMessage(input: RunInput, { stamp_ms, cycle }: InputMoment): object {
  return { header: headerAt(stamp_ms), cycle: BigInt(cycle), ...NOTHING, ...fieldsOf(input) };
}

function fieldsOf(input: RunInput): Partial<Fields> {
  switch (input.kind) {
    case 'said':
      return saidFields(input.reading);
    case 'ended':
      return { kind: 'ended', name: input.goal_id, text: input.outcome };
    case 'fault': {
      const { source, fault: found } = input;
      if (found === null) return { kind: 'fault', name: source };
      const text = `${found.code} ${found.text}`;
      return { kind: 'fault', name: source, text, detail_json: JSON.stringify(found) };
    }
    case 'change':
      return changeFields(input.change);
  }
}

function saidFields(reading: SaidReading): Partial<Fields> {
  switch (reading.kind) {
    case 'goal': {
      const { goal_id, text, priority, deadline_s } = reading;
      return { kind: 'goal', name: goal_id, text, priority, deadline_s };
    }
    case 'operator':
      return { kind: 'operator', name: reading.request, text: reading.argument };
    case 'emergency_stop':
      return { kind: 'emergency_stop', text: reading.pressed ? PRESSED : RELEASED };
  }
}

function changeFields(change: RunChange): Partial<Fields> {
  switch (change.kind) {
    case 'parameter':
      return { kind: 'parameter', name: change.path, detail_json: JSON.stringify(change.value) };
    case 'lifecycle':
      return { kind: 'lifecycle', text: change.state };
    case 'model': {
      const { model, event, kind, ...detail } = change;
      return { kind, name: model, text: event, detail_json: JSON.stringify(detail) };
    }
  }
}

const messageSchema = z.object({
  header: z.object({ stamp: z.object({ sec: z.number(), nanosec: z.number() }) }),
  cycle: z.coerce.number(),
  kind: z.string(),
  name: z.string(),
  text: z.string(),
  priority: z.number(),
  deadline_s: z.number(),
  detail_json: z.string(),
});
const faultSchema = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code)),
  where: z.string(),
  text: z.string(),
});
const modelSchema = logModelEventSchema.omit({ kind: true, cycle: true, model: true, event: true });
const requests = z.enum(['stop', 'resume', 'cancel', 'state']);

/**
 * The inverse: what another process, or an older version, wrote is not believed unchecked.
 * @throws SageError SAGE_208 for a message that is none of ours
 */
export function readInput(message: unknown, where: string): RunInput & { readonly moment: InputMoment } {
  try {
    const fields = messageSchema.parse(message);
    const moment = { stamp_ms: stampToMs(fields.header.stamp), cycle: fields.cycle };
    return { ...inputOf(fields, moment.stamp_ms), moment };
  } catch (thrown) {
    if (!(thrown instanceof z.ZodError || thrown instanceof SyntaxError)) throw thrown;
    throw new SageError('SAGE_208', where, thrown.message.replaceAll(/\s+/g, ' ').slice(0, 200));
  }
}

function inputOf(fields: Fields, stamp_ms: number): RunInput {
  const { kind, name, text, detail_json } = fields;
  const detail = (): unknown => JSON.parse(detail_json);
  const at = { stamp_ms, received_ms: stamp_ms };
  switch (kind) {
    case 'goal': {
      const { priority, deadline_s } = fields;
      const reading = { kind, source: 'goal', ...at, goal_id: name, text, priority, deadline_s } as const;
      return { kind: 'said', reading };
    }
    case 'operator': {
      const request = requests.parse(name);
      if (request === 'state') z.enum(METABOLIC_STATES).parse(text);
      return { kind: 'said', reading: { kind, source: 'operator', ...at, request, argument: text } };
    }
    case 'emergency_stop': {
      const pressed = z.enum([PRESSED, RELEASED]).parse(text) === PRESSED;
      return { kind: 'said', reading: { kind, source: 'emergency_stop', ...at, pressed } };
    }
    case 'ended':
      return { kind: 'ended', goal_id: name, outcome: text };
    case 'fault': {
      const found = detail_json === '' ? null : faultSchema.parse(detail());
      return { kind: 'fault', source: name, fault: found };
    }
    case 'parameter':
      return { kind: 'change', change: { kind, path: name, value: detail() } };
    case 'lifecycle':
      return { kind: 'change', change: { kind, state: text } };
    case 'model': {
      const event = logModelEventSchema.shape.event.parse(text);
      const change = { kind, event, model: name, ...modelSchema.parse(detail()) } as const;
      return { kind: 'change', change };
    }
    default:
      throw new SyntaxError(`unknown kind "${kind.slice(0, 64)}"`);
  }
}
