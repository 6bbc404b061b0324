import type { GoalEvent } from '../../contracts/goal.js';
import type { MetabolicStateName } from '../../contracts/metabolism.js';
import type { NodeStatus } from '../../contracts/status.js';
import { type Colour, printable } from './line.js';

export type Tone = 'good' | 'bad' | 'plain';

/** Something worth a line in a log: what changed, in words. */
export interface Note {
  readonly tone: Tone;
  readonly text: string;
}

export const STATE_COLOURS: Readonly<Record<MetabolicStateName, Colour>> = {
  WAKE: 'green',
  FOCUS: 'cyan',
  REST: 'yellow',
  DREAM: 'magenta',
  CRISIS: 'red',
};

/** What changed between two statuses of the node, in the order in which a reader wants to know it. */
export function changes(before: NodeStatus | null, now: NodeStatus): Note[] {
  return [
    ...lifecycleChange(before, now),
    ...stateChange(before, now),
    ...faultChanges(before, now),
    ...goalChanges(before, now),
    ...decisionChange(before, now),
  ];
}

function lifecycleChange(before: NodeStatus | null, now: NodeStatus): Note[] {
  if (before?.lifecycle === now.lifecycle) return [];
  return [{ tone: 'plain', text: `node ${printable(now.lifecycle)}` }];
}

function stateChange(before: NodeStatus | null, now: NodeStatus): Note[] {
  const { state, reason } = now.metabolic;
  if (before?.metabolic.state === state) return [];
  const from = before ? `${before.metabolic.state} → ` : '';
  const why = reason === '' ? '' : `: ${printable(reason)}`;
  return [{ tone: state === 'CRISIS' ? 'bad' : 'plain', text: `state ${from}${state}${why}` }];
}

function faultChanges(before: NodeStatus | null, now: NodeStatus): Note[] {
  const name = (fault: { code: string; where: string }) => `${fault.code} ${fault.where}`;
  const old = new Map((before?.report.faults ?? []).map((fault) => [name(fault), fault]));
  const current = new Map(now.report.faults.map((fault) => [name(fault), fault]));
  const appeared = [...current].filter(([key]) => !old.has(key));
  const gone = [...old.keys()].filter((key) => !current.has(key));
  return [
    ...appeared.map(([key, fault]): Note => ({ tone: 'bad', text: printable(`${key}: ${fault.text}`) })),
    ...gone.map((key): Note => ({ tone: 'good', text: printable(`${key} cleared`) })),
  ];
}

function goalChanges(before: NodeStatus | null, now: NodeStatus): Note[] {
  const old = new Map((before?.goals ?? []).map((event) => [event.goal_id, event]));
  return now.goals.flatMap((event) => {
    const previous = old.get(event.goal_id);
    if (previous?.status === event.status && previous.step === event.step) return [];
    return [goalNote(event, previous)];
  });
}

function goalNote(event: GoalEvent, previous: GoalEvent | undefined): Note {
  const text = `goal "${printable(event.text)}"`;
  if (previous?.status === event.status) return { tone: 'plain', text: `${text}: ${printable(event.step)}` };
  // Some reasons are whole error messages, which begin with their code.
  const code = event.code === null || event.reason.startsWith(event.code) ? '' : `${event.code} `;
  const why = event.reason === '' ? '' : `: ${code}${printable(event.reason)}`;
  return { tone: goalTone(event.status), text: `${text} ${event.status}${why}` };
}

/** Whether the end of a goal is good news; `plain` for everything that is no end. */
export function goalTone(status: GoalEvent['status']): Tone {
  if (status === 'satisfied') return 'good';
  return ['failed', 'expired', 'rejected'].includes(status) ? 'bad' : 'plain';
}

function decisionChange(before: NodeStatus | null, now: NodeStatus): Note[] {
  const decision = now.last_decision;
  if (decision === null || decision.decision_id === before?.last_decision?.decision_id) return [];
  // A refusal of the safety gate is news; what was done shows in the goal's steps already.
  return decision.rejected.map((fault) => ({
    tone: 'bad',
    text: printable(`refused ${fault.code} ${fault.where}: ${fault.text}`),
  }));
}
