import type { AnyIrpPlugin, JobCommand } from '../../contracts/irp.js';
import { FrameRhythm, type RhythmOptions } from './frame-rhythm.js';
import { looksAtFrame } from './frame-task.js';

/**
 * Begins refinements of frames before the kernel asks for them, so that a model runs in its process while the bag is
 * read and the kernel thinks. Refinements that look at a camera are asked for in a rhythm; the frame that the next one
 * will be given is in the bag. What was begun is taken only where the very same task is asked for, pixel by pixel, and a
 * step is a function of its task and state: it is the same whether it was foreseen or not. What nobody asks for is
 * dropped.
 */
export class Foresight {
  private readonly rhythms: FrameRhythm[] = [];

  constructor(private readonly options: RhythmOptions) {}

  /** The plugin, with what was foreseen of it. */
  over(plugin: AnyIrpPlugin): AnyIrpPlugin {
    const rhythm = new FrameRhythm(plugin, this.options);
    this.rhythms.push(rhythm);
    return rhythm.plugin();
  }

  /** What the kernel asked for in a cycle. */
  asked(commands: readonly JobCommand[], cycle: number): void {
    for (const command of commands) {
      if (command.kind !== 'start' || !looksAtFrame(command.task)) continue;
      const rhythm = this.rhythms.find(({ id }) => id === command.plugin);
      rhythm?.started(cycle);
    }
  }

  /**
   * Drops all that was begun: it was computed with a parameter or a model that is another one now. What is asked for from
   * here on is done again, as it would be without looking ahead.
   */
  forget(): void {
    for (const rhythm of this.rhythms) rhythm.forget();
  }

  /** Lets what is under way go on: its process is spoken to in turns of the event loop. */
  async breathe(): Promise<void> {
    if (this.rhythms.some(({ busy }) => busy)) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Drops what nobody asked for; resolves once it is gone. */
  async close(): Promise<void> {
    await Promise.all(this.rhythms.map((rhythm) => rhythm.close()));
  }
}
