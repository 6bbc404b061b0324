import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, messageOf, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { ModelManifest } from '../manifest.js';
import { type Probe, probeFile, probeKey, readProbes } from '../probe.js';
import { discoverManifests, modelFolder, noManifest } from '../registry.js';
import { estimateMb, signatureOf } from './memory.js';

/** Models whose memory is kept in mind. */
const TAKEN_MAX = 256;

/** The models that the folder has, and what was measured of them; looked at again while the node runs. */
export class Catalogue {
  readonly folder: string;
  private known = new Map<string, ModelManifest>();
  private probes = new Map<string, Probe>();
  /** What loaded models have taken last, MB, by what that depends on: a probe on zeros need not have taken as much. */
  private readonly taken = new Map<string, number>();
  private seen = '';
  faults: readonly Fault[] = [];

  constructor(private readonly parameters: Parameters['models']) {
    this.folder = modelFolder(parameters.folder);
    this.read();
  }

  get all(): readonly ModelManifest[] {
    return [...this.known.values()];
  }

  find(id: string): ModelManifest | undefined {
    return this.known.get(id);
  }

  /** @throws SageError SAGE_512, or why its manifest cannot be used: SAGE_503, SAGE_501 */
  require(id: string): ModelManifest {
    const manifest = this.known.get(id);
    if (manifest) return manifest;
    throw noManifest(this.folder, id, { manifests: this.all, faults: this.faults });
  }

  /** Memory that a model will take, MB: what it took last, or as probed on this machine, else an estimate. */
  memoryOf(manifest: ModelManifest): { readonly mb: number; readonly measured: boolean } {
    const key = probeKey(manifest, this.parameters);
    const taken = this.taken.get(key);
    if (taken !== undefined) return { mb: taken, measured: true };
    const probe = this.probes.get(manifest.id);
    if (probe?.key === key) return { mb: probe.memory_mb, measured: true };
    return { mb: estimateMb(manifest), measured: false };
  }

  /** Takes note of what a loaded model takes; null: its host is not up. */
  took(manifest: ModelManifest, mb: number | null): void {
    if (mb === null) return;
    const key = probeKey(manifest, this.parameters);
    // In the order in which they were last seen: what goes is what was not loaded for longest.
    this.taken.delete(key);
    this.taken.set(key, mb);
    if (this.taken.size <= TAKEN_MAX) return;
    const [oldest] = this.taken.keys();
    if (oldest !== undefined) this.taken.delete(oldest);
  }

  probed(probe: Probe): void {
    this.probes.set(probe.id, probe);
  }

  /** Looks whether manifests came, went or changed; true when something did. */
  async look(): Promise<boolean> {
    let names: string[];
    try {
      names = (await readdir(this.folder)).filter((name) => name.endsWith('.json')).sort();
    } catch (thrown) {
      this.faults = [new SageError('SAGE_501', this.folder, messageOf(thrown), { cause: thrown }).toFault()];
      return false;
    }
    const signature = await signatureOf(names.map((name) => join(this.folder, name)));
    if (signature === this.seen) return false;
    const first = this.seen === '';
    this.seen = signature;
    const before = JSON.stringify([...this.known.values()]);
    this.read();
    return !first || JSON.stringify([...this.known.values()]) !== before;
  }

  private read(): void {
    const { manifests, faults } = discoverManifests(this.folder);
    this.known = new Map(manifests.map((manifest) => [manifest.id, manifest]));
    this.faults = faults;
    const probes = readProbes(probeFile(this.parameters));
    const keys = new Set(manifests.map((manifest) => probeKey(manifest, this.parameters)));
    this.probes = new Map(probes.filter(({ key }) => keys.has(key)).map((probe) => [probe.id, probe]));
  }
}
