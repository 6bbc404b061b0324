import type { CatalogueEntry } from './entry.js';

/** 10xx: bags and logs. */
export const BAGS_ERRORS = {
  SAGE_1001: {
    title: 'unreadable bag',
    hint: 'pass a rosbag2 MCAP or sqlite3 file, or a folder with metadata.yaml',
  },
  SAGE_1002: {
    title: 'bag truncated',
    hint: 'repair it with ros2 bag reindex or mcap recover, or read what is left with --best-effort',
  },
  SAGE_1003: {
    title: 'bag corrupted',
    hint: 'copy the bag again, or skip the damage with --best-effort',
  },
  SAGE_1004: {
    title: 'unsupported bag compression',
    hint: 'convert it with ros2 bag convert (chunks: none, lz4 or zstd; files or messages: zstd), or skip it with --best-effort',
  },
  SAGE_1005: {
    title: 'message definition missing or invalid',
    hint: 'record the bag again with definitions, or skip the topic with --best-effort',
  },
  SAGE_1006: {
    title: 'unexpected topic type',
    hint: 'remap the right topic with --remap, or skip this one with --best-effort',
  },
  SAGE_1007: {
    title: 'bag time jumps back',
    hint: 'sort it with mcap sort or ros2 bag convert, or use --best-effort',
  },
  SAGE_1008: {
    title: 'malformed message in the bag',
    hint: 'check its publisher, or skip such messages with --best-effort',
  },
  SAGE_1009: {
    title: 'no known topic in the bag',
    hint: 'map its topics under topics: in a --config file, or with --remap /theirs:=/joint_states',
  },
  SAGE_1021: { title: 'log of another version', hint: 'replay the bag again with this version of SAGE' },
  SAGE_1022: {
    title: 'log corrupted',
    hint: 'replay the bag again, or read what is left with --best-effort',
  },
  SAGE_1023: {
    title: 'cannot write log or recording',
    hint: 'check the path and the disk space',
  },
  SAGE_1024: {
    title: 'replay diverges from the log it follows',
    hint: 'use the parameters, models and version of the log to avoid this; from here on its mean costs apply',
  },
  SAGE_1025: {
    title: 'log input missing from the bag',
    hint: 'pass the bag recorded with this log',
  },
  SAGE_1026: {
    title: 'not enough space to unpack the bag',
    hint: 'free some space, point TMPDIR to a larger disk, or unpack it yourself with zstd -d',
  },
  SAGE_1027: {
    title: 'output folder does not exist',
    hint: 'create it, or correct the path',
  },
  SAGE_1028: {
    title: 'made by another build',
    hint: 'for identical results, replay with the code, models and plugins named',
  },
  SAGE_1029: {
    title: 'recording started mid-run',
    hint: "start recording before the node, or follow the run's log with --from",
  },
  SAGE_1030: {
    title: 'recording dropped messages',
    hint: 'free up CPU (fewer programs, fewer --topics, no --zstd), or use a faster disk',
  },
  SAGE_1031: {
    title: 'nothing recorded',
    hint: 'check the topic names, ROS_DOMAIN_ID and that the publishers run',
  },
} as const satisfies Record<string, CatalogueEntry>;
