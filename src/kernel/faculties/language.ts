import type { LanguageAnswer, LanguageTask } from '../../contracts/language.js';
import type { JobOffer, RefinementResult } from '../../contracts/plan.js';
import type { Faculty } from '../faculty.js';
import type { Utterance } from '../goals/utterance-queue.js';
import type { Situation } from '../situation.js';

/** Has the language model read utterances that the rules do not understand. */
export class LanguageFaculty implements Faculty {
  readonly plugin = 'language';
  private asked: { readonly heard: Utterance; readonly task: LanguageTask } | null = null;
  private finished_ms: number | null = null;

  offer(situation: Situation, running: boolean): JobOffer | null {
    const heard = situation.utterances.next;
    if (heard === null) return null;
    if (this.asked === null || (!running && this.asked.heard !== heard))
      this.asked = { heard, task: { goal_id: heard.reading.goal_id, text: heard.text } };
    // The utterance was withdrawn; not offering the refinement for one cycle ends it.
    if (this.asked.heard !== heard) return null;
    return {
      plugin: this.plugin,
      resource: 'llm',
      sources: [],
      task: this.asked.task,
      goal_need: 1,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  integrate(result: RefinementResult, situation: Situation): void {
    if (!result.finished || this.asked === null) return;
    const { heard } = this.asked;
    const { status, fault, best } = result.report;
    // Cut short from outside: offered again while the utterance waits.
    if (status === 'cancelled') return;
    this.asked = null;
    this.finished_ms = situation.now_ms;
    situation.noteRefinement(this.plugin, fault?.code === 'SAGE_401' ? null : fault);
    if (situation.utterances.next !== heard) return;
    const answer = best as LanguageAnswer | undefined;
    if (answer === undefined || status === 'failed')
      situation.utterances.reject(heard, fault === null ? '' : `; reading it failed: ${fault.text}`);
    else situation.utterances.resolve(heard, answer);
  }
}
