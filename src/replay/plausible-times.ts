import { SageError } from '../contracts/errors.js';
import { type Bag, type BagOptions, complainer } from './bag.js';

const DAY_MS = 86_400_000;
/** A pause that no recording has, ms: messages on the far side of it have a wrong time. */
const APART_MS_MAX = DAY_MS;
/** Days that are counted apart; of a bag with messages on more days, the rest counts as wrong. */
const DAYS_MAX = 10_000;

/** Messages close to each other in time. */
interface Group {
  start_ms: number;
  end_ms: number;
  count: number;
}

/**
 * A bag without the messages whose time cannot be right. A clock that was not set yet stamps a few with 1970, and a
 * replay that began there would cycle through half a century. Of the groups that lie more than a day apart, the one with
 * the most messages is kept. A shorter bag, which is nearly any, is returned as it is.
 * SAGE_1007 where messages are left out.
 */
export function withPlausibleTimes(bag: Bag, path: string, options: BagOptions): Bag {
  if (bag.end_ms - bag.start_ms <= APART_MS_MAX) return bag;
  const groups = groupsOf(bag);
  const [first] = groups;
  if (first === undefined || groups.length === 1) return bag;
  const kept = groups.reduce((most, group) => (group.count >= most.count ? group : most), first);
  complainer(options)(new SageError('SAGE_1007', path, told(groups, kept)));
  const { name, storage, topics, piece_bytes_max = 0 } = bag;
  const { start_ms, end_ms, count } = kept;
  return {
    name,
    storage,
    topics,
    messages: count,
    start_ms,
    end_ms,
    piece_bytes_max,
    read: (wanted = {}) =>
      bag.read({
        ...wanted,
        start_ms: Math.max(start_ms, wanted.start_ms ?? start_ms),
        end_ms: Math.min(end_ms, wanted.end_ms ?? end_ms),
      }),
    close: () => bag.close(),
  };
}

/** Groups in order of time. The bag is read once; memory holds a count for each day. */
function groupsOf(bag: Bag): readonly Group[] {
  const days = new Map<number, Group>();
  for (const { time_ms } of bag.read({ lasting: { topics: new Set(), messages: 0 } })) {
    const day = Math.floor(time_ms / DAY_MS);
    const known = days.get(day);
    if (known !== undefined) {
      known.start_ms = Math.min(known.start_ms, time_ms);
      known.end_ms = Math.max(known.end_ms, time_ms);
      known.count += 1;
    } else if (days.size < DAYS_MAX) days.set(day, { start_ms: time_ms, end_ms: time_ms, count: 1 });
  }
  const groups: Group[] = [];
  for (const day of [...days.values()].sort((a, b) => a.start_ms - b.start_ms)) {
    const last = groups.at(-1);
    if (last === undefined || day.start_ms - last.end_ms > APART_MS_MAX) groups.push(day);
    else {
      last.end_ms = day.end_ms;
      last.count += day.count;
    }
  }
  return groups;
}

function told(groups: readonly Group[], kept: Group): string {
  const others = groups.filter((group) => group !== kept);
  const outside = others.reduce((sum, { count }) => sum + count, 0);
  const at = others.slice(0, 3).map(({ start_ms }) => dateOf(start_ms));
  const more = others.length > at.length ? ', …' : '';
  return (
    `it could be read from ${dateOf(kept.start_ms)} to ${dateOf(kept.end_ms)} (${kept.count} messages); ` +
    `${outside} ${outside === 1 ? 'message is' : 'messages are'} more than a day away (${at.join(', ')}${more})`
  );
}

/** `2023-11-14 22:13:20 UTC`, also for times that no calendar has. */
function dateOf(time_ms: number): string {
  const date = new Date(time_ms);
  if (Number.isNaN(date.getTime())) return `${(time_ms / 1000).toFixed(0)} s since 1970`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
