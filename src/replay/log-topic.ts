/** The topic of the log of a run, where the node has no namespace. */
export const LOG_TOPIC = '/sage/log';

/** Whether a topic is the log of a run, in whatever namespace. */
export function isLogTopic(topic: string): boolean {
  return topic.endsWith(LOG_TOPIC);
}
