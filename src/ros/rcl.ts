import { messageOf, SageError } from '../contracts/errors.js';
import { loadAddon, type NativeHandle } from './addon.js';

/**
 * The one door to rclnodejs. Its own type declarations depend on files that are generated at set-up, so what SAGE
 * uses of it is declared here, and everything else in src/ros speaks these types.
 */
export interface RclMessageInfo {
  /** When it was published, ns since the epoch. */
  readonly sourceTimestamp: bigint;
  readonly publisherGid: Uint8Array;
}

export interface RclPublisher<T> {
  /** A typed array in the message must own its whole buffer: rclnodejs sends the buffer, not the view. */
  publish(message: T): void;
  readonly subscriptionCount: number;
}

export interface RclSubscription {
  readonly handle: NativeHandle;
  readonly publisherCount: number;
}

export interface RclParameter {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export interface RclServiceResponse {
  send(response: object): void;
}

export interface RclServiceClient {
  isServiceServerAvailable(): boolean;
  sendRequest(request: object, callback: (response: never) => void): void;
}

export interface RclLogger {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** A publisher or subscriber as the graph knows it. Policies by the numbers of rmw. */
export interface RclEndpoint {
  readonly endpoint_gid: ArrayLike<number>;
  readonly topic_type: string;
  readonly qos_profile: {
    readonly history: number;
    readonly depth: number;
    readonly reliability: number;
    readonly durability: number;
  };
}

export interface RclNode {
  readonly handle: NativeHandle;
  name(): string;
  namespace(): string;
  getFullyQualifiedName(): string;
  getClock(): { now(): { readonly nanoseconds: bigint } };
  getLogger(): RclLogger;
  getParameterOverrides(): readonly RclParameter[];
  setParameter(parameter: RclParameter): { successful: boolean; reason: string };
  getParameter(name: string): RclParameter;
  createPublisher(type: string, topic: string, options: object): RclPublisher<never>;
  createSubscription(
    type: string,
    topic: string,
    options: object,
    callback: (message: never, info: RclMessageInfo) => void,
  ): RclSubscription;
  destroySubscription(subscription: RclSubscription): void;
  createService(
    type: string,
    name: string,
    options: object,
    callback: (request: never, response: RclServiceResponse) => void,
  ): unknown;
  createClient(type: string, name: string): RclServiceClient;
  resolveTopicName(topic: string): string;
  countPublishers(topic: string): number;
  getPublishersInfoByTopic(topic: string): readonly RclEndpoint[];
  getSubscriptionsInfoByTopic(topic: string): readonly RclEndpoint[];
  getTopicNamesAndTypes(): readonly { readonly name: string; readonly types: readonly string[] }[];
  spin(timeout_ms: number): void;
  destroy(): void;
}

export interface RclLifecycleNode extends RclNode {
  registerOnConfigure(callback: () => number): void;
  registerOnActivate(callback: () => number): void;
  registerOnDeactivate(callback: () => number): void;
  registerOnCleanup(callback: () => number): void;
  registerOnShutdown(callback: () => number): void;
  configure(): unknown;
  activate(): unknown;
  deactivate(): unknown;
  /** The handler of its change_state service, looked up for each request. */
  _onChangeState(request: object, response: RclServiceResponse): void;
}

export interface RclGoalHandle {
  readonly request: object;
  readonly goalId: { readonly uuid: ArrayLike<number> };
  readonly isActive: boolean;
  readonly isCancelRequested: boolean;
  readonly status: number;
  execute(callback: (handle: RclGoalHandle) => Promise<object>): void;
  publishFeedback(feedback: object): void;
  succeed(): void;
  abort(): void;
  canceled(): void;
}

export interface RclClientGoalHandle {
  readonly accepted: boolean;
  /** By the numbers of GOAL_STATUS; final once there is a result. */
  readonly status: number;
  getResult(): Promise<object>;
}

export interface RclActionClient {
  isActionServerAvailable(): boolean;
  /** @param goal_id a unique_identifier_msgs/UUID; without it one is made */
  sendGoal(goal: object, onFeedback?: undefined, goal_id?: object): Promise<RclClientGoalHandle>;
  destroy(): void;
}

export interface RclActionType {
  readonly Goal: new () => Record<string, unknown>;
  readonly Feedback: new () => Record<string, unknown>;
  readonly Result: new () => Record<string, unknown>;
}

export interface RclNodeOptions {
  startParameterServices: boolean;
  parameterOverrides: RclParameter[];
}

type NodeArguments = [name: string, namespace: string, context: RclContext, options: RclNodeOptions];

export interface RclContext {
  readonly domainId: bigint;
}

export interface RclModule {
  init(context: RclContext, argv: readonly string[]): Promise<void>;
  shutdown(context: RclContext): void;
  removeSignalHandlers(): void;
  require(type: string): unknown;
  readonly Context: new () => RclContext;
  readonly NodeOptions: new () => RclNodeOptions;
  readonly Node: {
    new (...args: NodeArguments): RclNode;
    readonly prototype: Pick<RclNode, 'createSubscription'>;
  };
  readonly Parameter: {
    new (name: string, type: number, value: unknown): RclParameter;
    readonly prototype: { validate(this: { _type: number; _value: unknown }): void };
  };
  readonly QoS: new (history: number, depth: number, reliability: number, durability: number) => object;
  readonly lifecycle: { readonly LifecycleNode: new (...args: NodeArguments) => RclLifecycleNode };
  readonly ActionServer: new (
    node: RclNode,
    type: string,
    name: string,
    execute: (handle: RclGoalHandle) => Promise<object>,
    goal: (goal: never) => number,
    accepted: (handle: RclGoalHandle) => void,
    cancel: (handle: RclGoalHandle) => number,
    options: { readonly resultTimeout: number },
  ) => { destroy(): void };
  readonly ActionClient: new (node: RclNode, type: string, name: string) => RclActionClient;
}

/** Values of rclnodejs and ROS enumerations that SAGE uses. */
export const GOAL_RESPONSE = { reject: 1, accept: 2 } as const;
export const LIFECYCLE_SUCCESS = 97;

/**
 * Loads rclnodejs. Throws SAGE_801 where it is not built, SAGE_803 where the ROS environment is missing.
 * The import is dynamic so that tools without ROS can load the rest of SAGE.
 */
export async function loadRcl(): Promise<RclModule> {
  loadAddon();
  try {
    const module = (await import('rclnodejs')) as unknown as { readonly default: RclModule };
    // Its own SIGINT handler would shut the contexts down under our feet.
    module.default.removeSignalHandlers();
    acceptIntegerLists(module.default);
    hearEveryClock(module.default);
    return module.default;
  } catch (thrown) {
    throw new SageError('SAGE_803', 'rclnodejs', messageOf(thrown), { cause: thrown });
  }
}

const INTEGER_ARRAY = 7;
const repaired = new WeakSet<object>();

/**
 * rclnodejs 2.2.0 reads `-p robot.home:=[0, 1]` as a list of numbers, then refuses it because it is not a list of
 * bigints: no node could be made with such a parameter file.
 */
function acceptIntegerLists(rcl: RclModule): void {
  const { prototype } = rcl.Parameter;
  if (repaired.has(prototype)) return;
  repaired.add(prototype);
  const { validate } = prototype;
  prototype.validate = function () {
    if (this._type === INTEGER_ARRAY && Array.isArray(this._value)) this._value = this._value.map(BigInt);
    validate.call(this);
  };
}

/**
 * The time source of rclnodejs 2.2.0 asks for a reliable /clock. `ros2 bag play --clock` and simulators offer it best
 * effort, as rclcpp does (ClockQoS), and would not be heard. Its call is the one without options.
 */
function hearEveryClock(rcl: RclModule): void {
  const { prototype } = rcl.Node;
  if (repaired.has(prototype)) return;
  repaired.add(prototype);
  const subscribe = prototype.createSubscription as (...given: unknown[]) => RclSubscription;
  prototype.createSubscription = function (...given: unknown[]) {
    const [type, topic, callback] = given;
    if (topic !== '/clock' || typeof callback !== 'function') return subscribe.apply(this, given);
    const [keep_last, depth, best_effort, volatile] = [1, 1, 2, 2];
    const qos = new rcl.QoS(keep_last, depth, best_effort, volatile);
    return subscribe.call(this, type, topic, { qos }, callback);
  };
}
