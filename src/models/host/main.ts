/**
 * The model host: a child process that runs ONNX graphs for its parent, over frames on stdin and stdout
 * (`docs/model-host.md`). It ends when its input does, so it never outlives the node by more than one inference.
 */
import { Console } from 'node:console';
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, SageError } from '../../contracts/errors.js';
import { PROTOCOL, requestSchema } from '../protocol.js';
import { readFrame, readLane, writeFrame } from './io.js';
import { HostServer } from './server.js';
import { knownProviders } from './session.js';

const INPUT = 0;
const OUTPUT = 1;
const EXIT_NOT_THE_PROTOCOL = 3;

function complain(text: string): void {
  process.stderr.write(`model host: ${text}\n`);
}

function failure(thrown: unknown): { code: string; where: string; detail: string } {
  if (thrown instanceof SageError) return thrown;
  return { code: 'SAGE_505', where: 'model host', detail: messageOf(thrown) };
}

const idSchema = z.looseObject({ id: z.int() });

async function answer(server: HostServer, header: unknown, body: Uint8Array): Promise<void> {
  const named = idSchema.safeParse(header);
  const id = named.success ? named.data.id : null;
  try {
    const request = requestSchema.safeParse(header);
    if (!request.success) {
      const [issue] = request.error.issues;
      const detail = `request not understood: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
      throw new SageError('SAGE_505', 'model host', detail);
    }
    const lane = 'lane' in request.data ? request.data.lane : undefined;
    const { fields, tensors } = await server.handle(request.data, lane ? readLane(lane) : body);
    if (id !== null) writeFrame(OUTPUT, { id, ok: true, ...fields }, tensors, server.lane_bytes);
  } catch (thrown) {
    const { code, where, detail } = failure(thrown);
    if (id === null) complain(`${code} ${where}: ${detail}`);
    else writeFrame(OUTPUT, { id, ok: false, code, where, detail: detail.slice(0, 4000) });
  }
}

/** Where memory runs out, Linux ends this process and not the node. */
function firstVictim(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch (thrown) {
    complain(`oom_score_adj: ${messageOf(thrown)}`);
  }
}

async function serve(): Promise<void> {
  firstVictim();
  const server = new HostServer();
  writeFrame(OUTPUT, {
    op: 'hello',
    protocol: PROTOCOL,
    runtime: 'onnxruntime-node',
    providers: knownProviders(),
    lane: true,
  });
  for (let frame = readFrame(INPUT); frame !== null; frame = readFrame(INPUT)) {
    await answer(server, frame.header, frame.body);
    await server.lookAhead();
  }
}

// Whatever a library prints must not get between the frames.
globalThis.console = new Console(process.stderr, process.stderr);
// Ctrl-C reaches the whole process group; the parent closes the input when it is done with this process.
process.on('SIGINT', () => undefined);

try {
  await serve();
  process.exit(0);
} catch (thrown) {
  complain(messageOf(thrown));
  process.exit(EXIT_NOT_THE_PROTOCOL);
}
