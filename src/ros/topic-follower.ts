import type { WrittenTopic } from '../replay/bag-writer.js';
import { isLogTopic } from '../replay/log-topic.js';
import { definitionOf } from './definitions.js';
import type { RosNode } from './node.js';
import { offeredProfiles } from './offered-profiles.js';
import type { RclEndpoint } from './rcl.js';
import type { Offered, RecordedTopics } from './recorded-topics.js';
import type { TopicFilter } from './topic-filter.js';

const RELIABLE_POLICY = 1;
const TRANSIENT_LOCAL = 1;
/** Topics recorded at once; more is a mistake of the pattern. */
const TOPICS_MAX = 500;
/** Other types of one topic that are reported. */
const TYPES_TOLD_MAX = 8;

/** A topic that publishers were seen on. */
interface Followed {
  /** Null while none of its types is installed here. */
  topic: WrittenTopic | null;
  offered: Offered;
  publishers: number;
  /** Types it was also published as, or that are not installed. */
  readonly others: Set<string>;
}

/**
 * Records topics as publishers come up on them, in the quality of service that they offer, and follows what becomes of
 * them: a publisher that comes later may offer less, or another type.
 */
export class TopicFollower {
  private readonly followed = new Map<string, Followed>();
  /** Publishers may give way to others without their number changing: one topic after the other is asked anyway. */
  private turn = 0;
  private is_full = false;

  constructor(
    private readonly node: RosNode,
    private readonly filter: TopicFilter,
    private readonly taken: RecordedTopics,
    private readonly onNotice: (text: string) => void,
  ) {}

  get topics(): readonly WrittenTopic[] {
    return [...this.followed.values()].flatMap(({ topic }) => (topic === null ? [] : [topic]));
  }

  /** What was asked for and nobody has published yet. */
  get missing(): readonly string[] {
    return this.filter.missingFrom(this.followed.keys());
  }

  look(): void {
    const asked = [...this.followed.keys()][this.turn++ % Math.max(1, this.followed.size)];
    for (const { name } of this.node.topics()) {
      if (!this.filter.wants(name)) continue;
      const followed = this.followed.get(name);
      if (followed !== undefined && name !== asked) {
        const publishers = this.node.countPublishers(name);
        if (publishers === followed.publishers) continue;
        followed.publishers = publishers;
      }
      // Quality of service is the publishers' to say; a topic without one is looked at again.
      const offers = this.node.offersOf(name);
      if (offers.length === 0) continue;
      if (followed === undefined) this.meet(name, offers);
      else this.meetAgain(name, followed, offers);
    }
  }

  private meet(name: string, offers: readonly RclEndpoint[]): void {
    if (this.followed.size >= TOPICS_MAX) {
      if (!this.is_full) this.onNotice(`only the first ${TOPICS_MAX} topics are recorded; ${name} is not`);
      this.is_full = true;
      return;
    }
    const others = new Set<string>();
    const followed: Followed = {
      topic: null,
      offered: offeredBy(offers),
      publishers: offers.length,
      others,
    };
    this.followed.set(name, followed);
    this.begin(name, followed, offers);
    this.tellTypes(name, followed, offers);
  }

  private meetAgain(name: string, followed: Followed, offers: readonly RclEndpoint[]): void {
    if (followed.topic === null) this.begin(name, followed, offers);
    this.tellTypes(name, followed, offers);
    if (followed.topic === null) return;
    const { type } = followed.topic;
    const { reliable, latched } = offeredBy(offers.filter(({ topic_type }) => topic_type === type));
    const before = followed.offered;
    // Only downwards: who asks for less also hears those who offer more.
    if ((reliable || !before.reliable) && (latched || !before.latched)) return;
    followed.offered = { reliable: before.reliable && reliable, latched: before.latched && latched };
    this.taken.change(name, followed.offered);
    const lacks = [reliable ? '' : 'reliable', latched ? '' : 'transient local'].filter(Boolean).join(', ');
    this.onNotice(
      `${name}: a publisher joined that is not ${lacks}; subscribed again to hear it too, ` +
        'messages may be missing at this moment',
    );
  }

  private begin(name: string, followed: Followed, offers: readonly RclEndpoint[]): void {
    for (const type of typesOf(offers)) {
      if (followed.others.has(type)) continue;
      const definition = definitionOf(type);
      if (definition === null || !this.node.hasInterface(type)) {
        followed.others.add(type);
        this.onNotice(`${name} is not recorded: ${type} is not installed here`);
        continue;
      }
      const same = offers.filter(({ topic_type }) => topic_type === type);
      const topic = { topic: name, type, definition, qos: offeredProfiles(same) };
      followed.topic = topic;
      followed.offered = offeredBy(same);
      // Of a log each message is a part, and none stands for the rest: no file begins with the last one.
      this.taken.add(topic, followed.offered, followed.offered.latched && !isLogTopic(name));
      return;
    }
  }

  /** A bag has one type for each topic, and so has a subscription. */
  private tellTypes(name: string, { topic, others }: Followed, offers: readonly RclEndpoint[]): void {
    if (topic === null) return;
    for (const { topic_type: type } of offers) {
      if (type === topic.type || others.has(type) || others.size >= TYPES_TOLD_MAX) continue;
      others.add(type);
      this.onNotice(`${name} is recorded as ${topic.type} only; what is published on it as ${type} is not`);
    }
  }
}

/** The one with most publishers first. */
function typesOf(offers: readonly RclEndpoint[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { topic_type: type } of offers) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
}

/** What all of these offer. */
function offeredBy(offers: readonly RclEndpoint[]): Offered {
  if (offers.length === 0) return { reliable: true, latched: true };
  return {
    reliable: offers.every(({ qos_profile }) => qos_profile.reliability === RELIABLE_POLICY),
    latched: offers.every(({ qos_profile }) => qos_profile.durability === TRANSIENT_LOCAL),
  };
}
