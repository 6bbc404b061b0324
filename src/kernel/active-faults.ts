import { type Fault, fault } from '../contracts/errors.js';
import { span } from '../contracts/readable.js';

const FAULTS_MAX = 32;

/** Active faults: reported by the blocks, left by the last refinements, or raised in this cycle. */
export class ActiveFaults {
  private reported: readonly Fault[] = [];
  /** Fault of each plugin's last refinement, cleared by the next success. */
  private readonly refinements = new Map<string, Fault>();
  private raised: Fault[] = [];

  /** Starts a cycle with the faults that the blocks report and no others. */
  beginCycle(standing: Iterable<Fault>): void {
    this.reported = [...standing];
    this.raised = [];
  }

  /** Adds faults found in this cycle. */
  raise(...found: readonly Fault[]): void {
    this.raised.push(...found);
  }

  /** Records how the last refinement of a plugin ended. */
  noteRefinement(plugin: string, found: Fault | null): void {
    if (found === null) this.refinements.delete(plugin);
    else this.refinements.set(plugin, { ...found, where: plugin });
  }

  /** Whether the last refinement of a plugin failed. */
  failing(plugin: string): boolean {
    return this.refinements.has(plugin);
  }

  /** Another SAGE commands the arm and was there first; null if none. */
  get rival(): Fault | null {
    return this.reported.find(({ code }) => code === 'SAGE_808') ?? null;
  }

  /** The arm's controller rejected or aborted the last command; null if it did not. */
  get refusal(): Fault | null {
    return this.reported.find(({ code, where }) => code === 'SAGE_708' && where === 'arm') ?? null;
  }

  /** All active faults, with those that other parts of the kernel found; bounded. */
  collect(found: readonly (Fault | null)[]): readonly Fault[] {
    const all: Fault[] = [];
    for (const one of this.reported) all.push(one);
    for (const one of this.refinements.values()) all.push(one);
    for (const one of this.raised) all.push(one);
    for (const one of found) if (one !== null) all.push(one);
    return all.length > FAULTS_MAX ? all.slice(0, FAULTS_MAX) : all;
  }
}

/** A source's data is older than allowed. */
export function staleFault(source: string, age_ms: number, allowed_ms: number): Fault {
  return fault('SAGE_205', source, `${span(age_ms)} old (allowed ${span(allowed_ms)})`);
}
