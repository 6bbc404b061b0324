import { SageError } from '../contracts/errors.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { HostConnection } from './connection.js';
import { providerOptions } from './launch.js';
import { type HostHello, PROTOCOL } from './protocol.js';

const BYTES_PER_MB = 1e6;

/**
 * Waits for the first word of a host, and tells it the settings. The host then runs requests.
 * @throws SageError SAGE_504 when it speaks another protocol, or is gone.
 */
export async function greet(
  connection: HostConnection,
  parameters: Parameters['models'],
): Promise<HostHello> {
  const hello = await connection.hello;
  if (hello.protocol !== PROTOCOL) {
    const told = `it speaks protocol ${hello.protocol}, this node ${PROTOCOL}`;
    throw new SageError('SAGE_504', 'model host', told);
  }
  const { threads, providers, slots_max, slot_mb_max, nice } = parameters;
  await connection.request({
    op: 'configure',
    threads,
    providers,
    slots_max,
    slot_bytes_max: Math.round(slot_mb_max * BYTES_PER_MB),
    nice,
    provider_options: providerOptions(parameters),
    ...(hello.lane ? { lane_bytes: connection.lane_bytes } : {}),
  });
  if (hello.lane) connection.useLane();
  return hello;
}
