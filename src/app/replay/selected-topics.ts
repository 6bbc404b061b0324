import type { Bag } from '../../replay/bag.js';
import { namePattern } from '../../replay/name-pattern.js';

/** Topics of a bag as a user names them; `*` stands for any characters. */
export interface TopicChoices {
  /** None: all. */
  readonly topics: readonly string[];
  readonly exclude?: readonly string[];
}

/** True where less than all of a bag is asked for. */
export function isPart({ topics, exclude = [] }: TopicChoices): boolean {
  return topics.length > 0 || exclude.length > 0;
}

/** The names in the bag that are meant; null = all. A name that is not in the bag is kept, so that it can be reported. */
export function selectedTopics(bag: Bag, choices: TopicChoices): ReadonlySet<string> | null {
  if (!isPart(choices)) return null;
  const { topics, exclude = [] } = choices;
  const excluded = exclude.map(namePattern);
  const there = bag.topics.map(({ topic }) => topic);
  const named =
    topics.length === 0
      ? there
      : topics.flatMap((text) =>
          text.includes('*') ? there.filter((name) => namePattern(text).test(name)) : text,
        );
  return new Set(named.filter((name) => !excluded.some((pattern) => pattern.test(name))));
}

/** What was asked for and is not in the bag. */
export function unknownTopics(bag: Bag, { topics, exclude = [] }: TopicChoices): readonly string[] {
  return [...topics, ...exclude].filter(
    (text) => !bag.topics.some(({ topic }) => namePattern(text).test(topic)),
  );
}
