import { type Fault, fault } from '../contracts/errors.js';
import { span } from '../contracts/readable.js';

const FAULTS_MAX = 32;

/** The active faults: reported by the blocks, left by the last refinements, or raised in this cycle. */
export class ActiveFaults {
  private reported: readonly Fault[] = [];
  /** The last refinement of a plugin failed by this; gone with its next success. */
  private readonly refinements = new Map<string, Fault>();
  private raised: Fault[] = [];

  /** A cycle begins: what the blocks say now, and nothing met yet. */
  beginCycle(standing: Iterable<Fault>): void {
    this.reported = [...standing];
    this.raised = [];
  }

  /** Adds faults met in this cycle. */
  raise(...found: readonly Fault[]): void {
    this.raised.push(...found);
  }

  /** Takes note of how the last refinement of a plugin ended. */
  noteRefinement(plugin: string, found: Fault | null): void {
    if (found === null) this.refinements.delete(plugin);
    else this.refinements.set(plugin, { ...found, where: plugin });
  }

  /** Whether the last refinement of a plugin failed. */
  failing(plugin: string): boolean {
    return this.refinements.has(plugin);
  }

  /** That another SAGE, which was there first, commands the arm, or null. */
  get rival(): Fault | null {
    return this.reported.find(({ code }) => code === 'SAGE_808') ?? null;
  }

  /** That the arm's controller did not take what was sent last, or gave it up, or null. */
  get refusal(): Fault | null {
    return this.reported.find(({ code, where }) => code === 'SAGE_708' && where === 'arm') ?? null;
  }

  /** All of them, and those that the parts of the mind found themselves; bounded. */
  collect(found: readonly (Fault | null)[]): readonly Fault[] {
    const all: Fault[] = [];
    for (const one of this.reported) all.push(one);
    for (const one of this.refinements.values()) all.push(one);
    for (const one of this.raised) all.push(one);
    for (const one of found) if (one !== null) all.push(one);
    return all.length > FAULTS_MAX ? all.slice(0, FAULTS_MAX) : all;
  }
}

/** That a source is older than its data may be. */
export function staleFault(source: string, age_ms: number, allowed_ms: number): Fault {
  return fault('SAGE_205', source, `${span(age_ms)} old (allowed ${span(allowed_ms)})`);
}
