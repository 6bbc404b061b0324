import { namePattern } from '../replay/name-pattern.js';

/** What is to be recorded, as a user says it: names, relative or absolute, `*` standing for any characters. */
export interface TopicSelection {
  /** null = every topic of the graph. */
  readonly record: readonly string[] | null;
  readonly exclude: readonly string[];
}

/** A name with a part that begins with `_`, such as those of an action: hidden, as the ROS command line has it. */
const HIDDEN = /(^|\/)_/;

/** Says which topics of the graph a selection means. */
export class TopicFilter {
  private readonly names = new Set<string>();
  private readonly added = new Set<string>();
  private readonly patterns: readonly { readonly text: string; readonly matches: RegExp }[];
  private readonly all: boolean;
  private readonly excluded: readonly RegExp[];

  /** @param resolve makes a relative name absolute, remaps applied; of a pattern only the namespace is */
  constructor({ record, exclude }: TopicSelection, resolve: (name: string) => string) {
    // Any name that is not remapped tells the namespace.
    const probe = 'sage_topic_filter_probe';
    const namespace = resolve(probe).slice(0, -probe.length);
    const absolute = (text: string): string => (/^[/*]/.test(text) ? text : namespace + text);
    const isPattern = (text: string): boolean => text.includes('*');
    this.all = record === null;
    for (const name of record ?? []) if (!isPattern(name)) this.names.add(resolve(name));
    this.patterns = (record ?? [])
      .filter(isPattern)
      .map((text) => ({ text: absolute(text), matches: namePattern(absolute(text)) }));
    this.excluded = exclude.map((text) => namePattern(isPattern(text) ? absolute(text) : resolve(text)));
  }

  /** Records this topic as well, by its full name, where there is one. */
  add(name: string): void {
    this.added.add(name);
  }

  wants(name: string): boolean {
    if (this.excluded.some((pattern) => pattern.test(name))) return false;
    if (this.names.has(name) || this.added.has(name)) return true;
    const hidden = HIDDEN.test(name);
    if (this.all) return !hidden;
    return this.patterns.some(({ text, matches }) => matches.test(name) && (!hidden || HIDDEN.test(text)));
  }

  /** Names and patterns for which none of these topics stands. */
  missingFrom(found: Iterable<string>): readonly string[] {
    const all = [...found];
    const patterns = this.patterns.filter(({ matches }) => !all.some((name) => matches.test(name)));
    const names = [...this.names].filter((name) => !all.includes(name) && this.wants(name));
    return [...names, ...patterns.map(({ text }) => text)];
  }
}
