/** Which model answers for which, after models were exchanged. */
export class ModelRoutes {
  /** Id that is asked for → id that answers; absent: the same. */
  private readonly routes = new Map<string, string>();

  activeOf(id: string): string {
    return this.routes.get(id) ?? id;
  }

  /** `to` takes the place of `replaced`: from now on it answers for all that that one answered for. */
  swap(replaced: string, to: string): void {
    const seats = [...this.routes].filter(([, active]) => active === replaced).map(([seat]) => seat);
    if (!this.routes.has(replaced)) seats.push(replaced);
    for (const seat of seats) {
      if (seat === to) this.routes.delete(seat);
      else this.routes.set(seat, to);
    }
    this.routes.delete(to);
  }
}
