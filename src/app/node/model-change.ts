import type { RunChange } from '../../contracts/run-input.js';
import type { ModelEvent, ModelManifest } from '../../models/index.js';
import { hashesOf } from '../replay/log-header.js';

/** What was done with a model, for the log and for a bag; `manifest`: that of the one in use after it. */
export function changeOf(event: ModelEvent, manifest: ModelManifest | undefined): RunChange {
  const { kind: what, model, replaced, reason, fault } = event;
  const version = manifest?.version ?? '';
  const sha256 = manifest === undefined ? {} : hashesOf(manifest);
  return { kind: 'model', event: what, model, replaced, version, sha256, reason, fault };
}
