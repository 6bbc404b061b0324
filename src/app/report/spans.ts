import type { Span } from './report-data.js';

/** Gathers what stands for a while out of what stands in each cycle, at most so many spans. */
export class Spans {
  private readonly open = new Map<string, { -readonly [K in keyof Span]: Span[K] }>();
  private readonly found: Span[] = [];

  constructor(private readonly spans_max: number) {}

  /** What stands at a time, by what it is told apart by. */
  take(t: number, standing: ReadonlyMap<string, Pick<Span, 'label' | 'title'>>): void {
    for (const [key, span] of this.open) {
      span.to = t;
      if (!standing.has(key)) this.open.delete(key);
    }
    for (const [key, said] of standing) {
      if (this.open.has(key) || this.found.length >= this.spans_max) continue;
      const span = { from: t, to: t, ...said };
      this.open.set(key, span);
      this.found.push(span);
    }
  }

  result(): readonly Span[] {
    return this.found;
  }
}
