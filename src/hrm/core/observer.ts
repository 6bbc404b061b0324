import { RESOURCES, type Resource } from '../../contracts/irp.js';
import { METABOLIC_STATES } from '../../contracts/metabolism.js';
import type { HStepResult, JobOffer, Plan, PlanInputs, RefinementResult } from '../../contracts/plan.js';
import type { SourceSalience } from '../../contracts/salience.js';
import type { PluginCapability } from '../refinement.js';
import {
  age,
  CORE_CONTEXT,
  CORE_TOKENS,
  type CoreContext,
  energyLeft,
  OFFER_FEATURES,
  oneHot,
  progress,
  snarcTerms,
  unit,
} from './context.js';

/**
 * Threshold on goal need for a refinement to count as needed, and on salience for its source to count as
 * salient.
 */
const NEEDED = 0.5;
const SALIENT = 0.3;
const HALF_STALE_MS = 2000;
/** The time to a goal's deadline saturates at this, ms. */
const GOAL_LEFT_MAX_MS = 10_000;

/** History of one plugin as far as the core sees it. */
interface PluginHistory {
  result: RefinementResult | null;
  needed_ms: number | null;
  finished_ms: number | null;
  last_energy_left: number;
  /** Sources of its last offer. */
  sources: readonly string[];
  running: boolean;
}

/**
 * Encodes what the planner sees as the core's input. Keeps the token of each plugin and the course of its
 * refinements, which is how results feed back into the next reasoning. A plugin beyond the 15th has no token.
 */
export class CoreObserver {
  private readonly tokens = new Map<string, number>();
  private readonly histories = new Map<string, PluginHistory>();
  private readonly capabilities: ReadonlyMap<string, PluginCapability>;
  /** Since when each source has been salient, ms; only salient sources are in the map. */
  private readonly salientSince = new Map<string, number>();
  private latest: HStepResult | null = null;
  private now_ms = 0;

  constructor(capabilities: readonly PluginCapability[]) {
    this.capabilities = new Map(capabilities.map((capability) => [capability.id, capability]));
  }

  /** Records the results of an H-step. */
  noteResult(result: HStepResult): void {
    this.latest = result;
    for (const each of result.results) {
      const course = this.historyOf(each.plugin);
      if (course === null) continue;
      course.result = each;
      if (!each.finished) continue;
      course.last_energy_left = energyLeft(each);
      if (each.report.status !== 'cancelled') course.finished_ms = this.now_ms;
    }
  }

  /** @param heuristic the rule-based plan for the same inputs, which is one of the core's features */
  encode(inputs: PlanInputs, heuristic: Plan): CoreContext {
    this.now_ms = inputs.now_ms;
    const context = new Float32Array(CORE_TOKENS * CORE_CONTEXT);
    const salience = new Float32Array(CORE_TOKENS * 5);
    const present = new Float32Array(CORE_TOKENS);
    const plugins: (string | null)[] = Array.from({ length: CORE_TOKENS }, () => null);
    const snarcs = new Map(inputs.salience.map((each) => [each.source, each]));
    this.noteInputs(inputs);
    const planned = new Map(heuristic.jobs.map((job) => [job.plugin, job]));
    for (const offer of inputs.offers) {
      const token = this.tokenOf(offer.plugin);
      if (token === null) continue;
      const found = offer.sources.flatMap((source) => snarcs.get(source) ?? []);
      const strongest = found.reduce((a, b) => (b.combined > a.combined ? b : a), found[0]!);
      const job = planned.get(offer.plugin);
      const advised = { value: job?.value ?? 0, chosen: job?.chosen === true };
      const features = this.offerFeatures(offer, inputs, strongest, advised);
      context.set(features, token * CORE_CONTEXT);
      if (strongest !== undefined) salience.set(snarcTerms(strongest), token * 5);
      present[token] = 1;
      plugins[token] = offer.plugin;
    }
    context.set(this.globalFeatures(inputs), OFFER_FEATURES.length);
    present[0] = 1;
    return { context, salience, present, plugins };
  }

  /** Records which sources are salient, and what is on offer and running. */
  private noteInputs({ salience, offers, now_ms }: PlanInputs): void {
    for (const { source, combined } of salience) {
      if (combined < SALIENT) this.salientSince.delete(source);
      else if (!this.salientSince.has(source)) this.salientSince.set(source, now_ms);
    }
    for (const { plugin, sources, running } of offers) {
      const course = this.historyOf(plugin);
      if (course === null) continue;
      course.sources = sources;
      course.running = running;
    }
  }

  /**
   * source_watchers, source_done, source_running: what other plugins are doing, or did, about the same
   * source.
   */
  private sourceFeatures(plugin: string, source: string | undefined): number[] {
    if (source === undefined) return [0, 0, 0];
    const begin_ms = this.salientSince.get(source) ?? null;
    const watchers = [...this.histories].filter(([, { sources }]) => sources.includes(source));
    return [
      unit(watchers.length / 8),
      Number(watchers.some(([, course]) => doneSince(course, begin_ms))),
      Number(watchers.some(([id, { running }]) => running && id !== plugin)),
    ];
  }

  private tokenOf(plugin: string): number | null {
    const known = this.tokens.get(plugin);
    if (known !== undefined) return known;
    if (this.tokens.size >= CORE_TOKENS - 1) return null;
    this.tokens.set(plugin, this.tokens.size + 1);
    return this.tokens.size;
  }

  private historyOf(plugin: string): PluginHistory | null {
    if (this.tokenOf(plugin) === null) return null;
    const known = this.histories.get(plugin);
    if (known !== undefined) return known;
    const fresh = {
      result: null,
      needed_ms: null,
      finished_ms: null,
      last_energy_left: 1,
      sources: [],
      running: false,
    };
    this.histories.set(plugin, fresh);
    return fresh;
  }

  private offerFeatures(
    offer: JobOffer,
    { now_ms, trust }: PlanInputs,
    strongest: SourceSalience | undefined,
    advised: { readonly value: number; readonly chosen: boolean },
  ): number[] {
    const course = this.historyOf(offer.plugin)!;
    course.needed_ms = since(course.needed_ms, offer.goal_need >= NEEDED, now_ms);
    const { needed_ms } = course;
    const salient_ms = (strongest && this.salientSince.get(strongest.source)) ?? null;
    const age_ms = offer.last_result_ms === null ? null : Math.max(0, now_ms - offer.last_result_ms);
    const trusted = Object.hasOwn(trust, offer.plugin) ? trust[offer.plugin]! : 1;
    return [
      1,
      ...oneHot<Resource>(RESOURCES, offer.resource),
      unit(offer.goal_need),
      unit(strongest?.combined ?? 0),
      Number(offer.sources.length > 0),
      Number(offer.running),
      age_ms === null ? 1 : 1 - 2 ** (-age_ms / HALF_STALE_MS),
      Number(age_ms === null),
      age(offer.wanted_since_ms ?? null, now_ms),
      trusted / (trusted + 1),
      age(needed_ms, now_ms),
      age(salient_ms, now_ms),
      ...progress(offer.running ? course.result : null),
      course.last_energy_left,
      Number(doneSince(course, needed_ms)),
      Number(doneSince(course, salient_ms)),
      ...this.costs(offer.plugin),
      unit(advised.value / 2),
      Number(advised.chosen),
      ...this.sourceFeatures(offer.plugin, strongest?.source),
    ];
  }

  private costs(plugin: string): number[] {
    const capability = this.capabilities.get(plugin);
    if (capability === undefined) return [0, 0, 0];
    const { init_atp, step_atp } = capability.cost;
    return [unit(init_atp / 40), unit(step_atp / 20), unit(capability.limits.max_steps / 200)];
  }

  private globalFeatures({ policy, offers, goal, h_energy }: PlanInputs): number[] {
    const ledger = this.latest?.ledger;
    return [
      1,
      ...oneHot(METABOLIC_STATES, policy.state),
      unit(policy.energy / 100),
      unit(policy.attention_breadth / 10),
      unit(policy.refinement_depth / 15),
      policy.exploration_rate,
      unit(policy.atp_per_s / 1000),
      unit((ledger?.reserve_matp ?? 0) / 1e6),
      unit((ledger?.allocated_matp ?? 0) / 1e6),
      unit(h_energy),
      this.latest?.coherence ?? 0,
      unit(offers.length / CORE_TOKENS),
      Number(goal !== null),
      unit((goal?.priority ?? 0) / 10),
      goal === null || goal.left_ms === null ? 1 : unit(goal.left_ms / GOAL_LEFT_MAX_MS),
      unit(goal?.progress ?? 0),
      Number(goal?.waits === true),
    ];
  }
}

/** True if a refinement ended after this moment. */
const doneSince = ({ finished_ms }: PluginHistory, begin_ms: number | null) =>
  begin_ms !== null && finished_ms !== null && finished_ms > begin_ms;

/** When a condition began to hold; null while it does not. */
const since = (begun_ms: number | null, holds: boolean, now_ms: number) =>
  holds ? (begun_ms ?? now_ms) : null;
