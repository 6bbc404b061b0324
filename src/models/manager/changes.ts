import type { Fault } from '../../contracts/errors.js';
import type { ModelManifest } from '../manifest.js';

/** Pause before a changed manifest that could not be used is tried again; it doubles with each failure. */
const RETRY_MIN_MS = 60_000;
const RETRY_MAX_MS = 960_000;

interface Refused {
  readonly manifest: string;
  readonly fault: Fault;
  readonly failures: number;
  readonly due_ms: number;
}

/**
 * Changed manifests that could not be taken into use, at most one per loaded model. Each attempt starts a process, or
 * even takes the old model down meanwhile: so one is tried again when its file changes once more, else after a growing
 * pause (its model file may come later than the manifest).
 */
export class ManifestChanges {
  private readonly refused = new Map<string, Refused>();

  /** Why this change waits at `now_ms`; null where it is to be tried. */
  waits(to: ModelManifest, now_ms: number): Fault | null {
    const known = this.refused.get(to.id);
    return known && known.manifest === JSON.stringify(to) && now_ms < known.due_ms ? known.fault : null;
  }

  failed(to: ModelManifest, fault: Fault, now_ms: number): void {
    const manifest = JSON.stringify(to);
    const known = this.refused.get(to.id);
    const failures = known?.manifest === manifest ? known.failures + 1 : 1;
    const pause_ms = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
    this.refused.set(to.id, { manifest, fault, failures, due_ms: now_ms + pause_ms });
  }

  /** The model has the manifest of its file, or is not loaded any more. */
  settled(id: string): void {
    this.refused.delete(id);
  }

  /** Forgets models that are not among these. */
  keepOnly(ids: { has(id: string): boolean }): void {
    for (const id of this.refused.keys()) if (!ids.has(id)) this.refused.delete(id);
  }
}
