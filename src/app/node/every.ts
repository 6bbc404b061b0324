/** Says when it is time for what is done now and then: the first time it is asked, and then at most once a period. */
export class Every {
  private last_ms = Number.NEGATIVE_INFINITY;

  constructor(private readonly period_ms: number) {}

  due(now_ms: number): boolean {
    if (now_ms - this.last_ms < this.period_ms) return false;
    this.last_ms = now_ms;
    return true;
  }
}
