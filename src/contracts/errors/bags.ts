import type { CatalogueEntry } from './entry.js';

/** 10xx: bags and logs. */
export const BAGS_ERRORS = {
  SAGE_1001: {
    title: 'bag not readable',
    hint: 'give an MCAP or sqlite3 file of rosbag2, or a folder with metadata.yaml',
  },
  SAGE_1002: {
    title: 'bag truncated',
    hint: 'repair it with ros2 bag reindex or mcap recover, or read what is there with --best-effort',
  },
  SAGE_1003: {
    title: 'bag damaged',
    hint: 'copy it again from its source, or go on past it with --best-effort',
  },
  SAGE_1004: {
    title: 'bag compression unknown',
    hint: 'convert it (ros2 bag convert) to none, lz4 or zstd chunks, or to zstd files or messages, or skip what is packed with --best-effort',
  },
  SAGE_1005: {
    title: 'message definition missing or not readable',
    hint: 'record the bag again with its definitions, or leave the topic out with --best-effort',
  },
  SAGE_1006: {
    title: 'topic of another type than expected',
    hint: 'remap the right topic with --remap, or leave it out with --best-effort',
  },
  SAGE_1007: {
    title: 'time of the bag jumps back',
    hint: 'sort it (mcap sort, ros2 bag convert), or go on with --best-effort',
  },
  SAGE_1008: {
    title: 'message in the bag malformed',
    hint: 'check what published it, or skip such messages with --best-effort',
  },
  SAGE_1009: {
    title: 'bag without a topic that is known',
    hint: 'name its topics under topics: in a --config file, or with --remap /theirs:=/joint_states',
  },
  SAGE_1021: { title: 'not a log of this version', hint: 'replay the bag again with this version of SAGE' },
  SAGE_1022: { title: 'log damaged', hint: 'replay the bag again, or read what is there with --best-effort' },
  SAGE_1023: {
    title: 'log or recording not written',
    hint: 'check the path and the space on the disk',
  },
  SAGE_1024: {
    title: 'replay leaves the log it follows',
    hint: 'parameters, models or version differ from those of the log; costs are its means from here on',
  },
  SAGE_1025: {
    title: 'input of the log not in the bag',
    hint: 'give the bag that was recorded with this log',
  },
  SAGE_1026: {
    title: 'no room to unpack the bag',
    hint: 'make room, name a larger disk with TMPDIR, or unpack it where there is room (zstd -d)',
  },
  SAGE_1027: {
    title: 'folder for an output missing',
    hint: 'make it, or correct the path',
  },
  SAGE_1028: {
    title: 'made by another build',
    hint: 'for the same bytes, replay with the code, models and plugins that are named',
  },
  SAGE_1029: {
    title: 'recording begins within a run',
    hint: 'begin to record before the node, or follow the log of the run with --from',
  },
  SAGE_1030: {
    title: 'recording lacks messages',
    hint: 'give the recorder more of a core: fewer programs beside it, fewer topics (--topics), no --zstd; or a faster disk',
  },
} as const satisfies Record<string, CatalogueEntry>;
