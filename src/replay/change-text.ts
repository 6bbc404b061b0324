import type { LogChange } from './log-reader.js';

/** Digits of a hash that tell two files apart for people. */
const HASH_SHOWN = 8;

/** What changed, in words. */
export function changeText(change: LogChange): string {
  switch (change.kind) {
    case 'parameter':
      return `${change.path} was set to ${JSON.stringify(change.value)}`;
    case 'lifecycle':
      return `the node became ${change.state}`;
    case 'model': {
      const { event, replaced, reason, fault } = change;
      const done = event === 'swap' ? `replaced ${replaced}` : DONE[event];
      const failed = fault === null ? '' : ` (it failed: ${fault.code} ${fault.text})`;
      return `model ${modelText(change)} ${fault === null ? done : `was to be used: ${event}`}: ${reason}${failed}`;
    }
  }
}

const DONE = { load: 'was loaded', unload: 'was unloaded', replace: 'was restarted' } as const;

type NamedModel = Pick<Extract<LogChange, { kind: 'model' }>, 'model' | 'version' | 'sha256'>;

/** A model with version and the beginning of the hash of its first file. */
function modelText({ model, version, sha256 }: NamedModel): string {
  const [hash] = Object.values(sha256);
  return `${model} ${version}${hash === undefined ? '' : ` (${hash.slice(0, HASH_SHOWN)})`}`;
}
