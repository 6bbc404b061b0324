import { Fixture } from './harness/fixture.js';
import { Peer } from './harness/peer.js';
import { ownDomain, requireRos } from './harness/ros.js';

export { BlockProcess } from './harness/block-process.js';
export { Events, PATIENCE_MS, until } from './harness/events.js';
export { Fixture } from './harness/fixture.js';
export { Peer } from './harness/peer.js';
export { noRos, type Outcome, ownDomain, requireRos, sage } from './harness/ros.js';

/** The node with the scripted kernel, and a peer at the other end, in a domain of their own. */
export interface Pair {
  readonly domain: number;
  readonly fixture: Fixture;
  readonly peer: Peer;
}

/** Starts both at once, or skips as {@link requireRos} does. */
export async function startPair(
  context: Mocha.Context,
  parameters: object = {},
  rosArgs: string[] = [],
): Promise<Pair> {
  requireRos(context);
  const domain = ownDomain();
  const [fixture, peer] = await Promise.all([Fixture.start(domain, parameters, rosArgs), Peer.start(domain)]);
  return { domain, fixture, peer };
}
