import type { RclEndpoint } from './rcl.js';

/** As rosbag2 writes `offered_qos_profiles`: one profile per publisher, without deadlines and lifespans. */
export function offeredProfiles(offers: readonly RclEndpoint[]): string {
  const forever = '\n    sec: 9223372036\n    nsec: 854775807';
  return offers
    .map(({ qos_profile: { history, depth, reliability, durability } }) =>
      [
        `- history: ${history}`,
        `  depth: ${depth}`,
        `  reliability: ${reliability}`,
        `  durability: ${durability}`,
        `  deadline:${forever}`,
        `  lifespan:${forever}`,
        '  liveliness: 1',
        `  liveliness_lease_duration:${forever}`,
        '  avoid_ros_namespace_conventions: false',
      ].join('\n'),
    )
    .join('\n');
}
