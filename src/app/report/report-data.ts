/** What the page of a report is drawn from: plain data, bounded whatever the length of the run. Times in s from its start. */
export interface ReportData {
  readonly title: string;
  /** What the run was, in pairs of words. */
  readonly facts: readonly (readonly [string, string])[];
  /** Parameters that are not at their defaults. */
  readonly settings: readonly { readonly path: string; readonly value: string; readonly usual: string }[];
  /** From when to when, s since the start of the run: all of it, or the part that was asked for. */
  readonly from_s: number;
  readonly duration_s: number;
  readonly time_s: readonly number[];
  /** Columns over `time_s`: `energy`, `salience camera`, `surprise camera`, `trust vision`, `allocated` … */
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
  readonly sources: readonly string[];
  readonly plugins: readonly string[];
  readonly states: readonly StateSpan[];
  /** The steps of goals, and faults by what they are of, with when they stood. */
  readonly steps: readonly Span[];
  readonly faults: readonly Span[];
  /** Parameters, models and the lifecycle that changed, what the operator asked for, and how long a stop was pressed. */
  readonly changes: readonly Span[];
  readonly jobs: readonly JobBar[];
  readonly jobs_left_out: number;
  readonly goals: readonly { readonly t: number; readonly text: string }[];
  readonly decisions: readonly DecisionCard[];
  readonly decisions_left_out: number;
  /** JPEG pictures as data URLs, by the stamp of the image. */
  readonly pictures: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Something that stood for a while. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** The whole of it, in words. */
  readonly title: string;
}

export interface StateSpan {
  readonly from: number;
  readonly to: number;
  readonly state: string;
  readonly reason: string;
}

/** One refinement, from its start to its end. */
export interface JobBar {
  readonly id: string;
  readonly plugin: string;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly energies: readonly number[];
  readonly end: string;
  readonly detail: string;
  readonly spent_atp: number;
}

export interface DecisionCard {
  readonly t: number;
  readonly cycle: number;
  readonly state: string;
  readonly action: string;
  readonly reason: string;
  /** The record in plain words. */
  readonly text: string;
  /** Key of the picture that it rests on; null where it rests on none. */
  readonly picture: string | null;
}
