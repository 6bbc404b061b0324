import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@foxglove/rosmsg';
import { MessageWriter } from '@foxglove/rosmsg2-serialization';
import { projectRoot } from '../../../scripts/env.mjs';
import type { LogHeader } from '../../../src/contracts/log.js';
import { headerAt } from '../../../src/ros/outgoing.js';
import type { Made } from '../../replay/bags.js';
import { WALL_MS } from './simulated.js';

const HEADER = `${'='.repeat(80)}\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n`;

const definitionOf = (name: string): string =>
  `${readFileSync(join(projectRoot, 'msg', `${name}.msg`), 'utf8')}${HEADER}`;

/** A message of SAGE's own types, as its node publishes it. */
export function ownMessage(name: 'Input' | 'Run', topic: string, time_ms: number, message: object): Made {
  const definition = definitionOf(name);
  const data = new MessageWriter(parse(definition, { ros2: true })).writeMessage(message);
  return { topic, type: `sage/msg/${name}`, time_ms, data, definition };
}

/** What `/sage/run` says of a run that began at a time of the bag, ms. */
export function run(begun_ms: number, header: LogHeader): Made {
  const { sage, config_hash } = header;
  const told = { version: sage, commit: '', code: '', config_hash, header_json: JSON.stringify(header) };
  const message = { header: headerAt(WALL_MS + begun_ms), ...told };
  return ownMessage('Run', '/sage/run', WALL_MS + Math.max(0, begun_ms), message);
}
