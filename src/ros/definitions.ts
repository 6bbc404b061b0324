import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Definitions that one type may be made of; more is a ring. */
const PARTS_MAX = 200;
const LINE = '='.repeat(80);
const FIELD = /^\s*([A-Za-z][\w/]*)(?:<=\d+)?(?:\[[^\]]*\])?\s+[A-Za-z]\w*/;
const BASIC = /^(bool|byte|char|float32|float64|u?int(8|16|32|64)|w?string)$/;

/**
 * The definition of a message type and of all that it is made of, as rosbag2 writes it into a bag, out of the packages
 * on AMENT_PREFIX_PATH; null where one of them is not installed.
 * @param type `sensor_msgs/msg/Image`
 */
export function definitionOf(type: string): string | null {
  const parts: string[] = [];
  const seen = new Set<string>([type]);
  const open = [type];
  while (open.length > 0 && seen.size <= PARTS_MAX) {
    const next = open.shift()!;
    const text = fileOf(next);
    if (text === null) return null;
    const [folder = '', , name = ''] = next.split('/');
    parts.push(parts.length === 0 ? text : `${LINE}\nMSG: ${folder}/${name}\n${text}`);
    for (const field of text.split('\n')) {
      const used = FIELD.exec(field.replace(/#.*$/, ''))?.[1];
      if (used === undefined || BASIC.test(used)) continue;
      const full = fullName(used, folder);
      if (seen.has(full)) continue;
      seen.add(full);
      open.push(full);
    }
  }
  return parts.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('');
}

function fullName(used: string, folder: string): string {
  const words = used.split('/');
  return words.length === 1 ? `${folder}/msg/${used}` : `${words[0]}/msg/${words.at(-1)}`;
}

function fileOf(type: string): string | null {
  const [folder = '', kind = '', name = ''] = type.split('/');
  const prefixes = (process.env.AMENT_PREFIX_PATH ?? '').split(delimiter).filter(Boolean);
  for (const prefix of prefixes) {
    const path = join(prefix, 'share', folder, kind, `${name}.${kind}`);
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  return null;
}
