import { bodiesOf } from '../../robot/bodies.js';
import { lowest, RobotShapes } from '../contact/convex.js';
import type { WorldRobot } from '../robot/world-robot.js';
import type { SceneLook } from '../scene/look.js';
import { Arm } from './arm.js';
import type { Block } from './block.js';
import { Blocks } from './blocks.js';
import { Gripper } from './gripper.js';
import { Hand } from './hand.js';
import { SelfContact } from './self-contact.js';
import { ViolationLog } from './violations.js';

/** Contact of links is looked for every so many steps. */
const SELF_CONTACT_EVERY = 2;
/** How far something may press into the table before it counts, m: the give of its top. */
const TABLE_GIVE_M = 0.002;

export interface PhysicsOptions {
  readonly robot: WorldRobot;
  readonly seed: number;
  readonly look: SceneLook;
  readonly blocks: readonly Block[];
  /** Block that the gripper holds at the start, by its place among them. */
  readonly holding: number | null;
}

/** What moves on the tabletop and what meets what: the arm with its gripper, blocks, and now and then a hand. */
export class TabletopPhysics {
  readonly arm: Arm;
  readonly gripper: Gripper;
  readonly blocks: Blocks;
  readonly hand: Hand;
  readonly violations = new ViolationLog();
  /** Since the start, s. */
  time_s = 0;
  /** When the hand was last seen to come, s since the start. */
  hand_seen_s: number | null = null;
  /** The farthest that the arm has pressed what it held onto something, m. */
  pressed_m = 0;
  private readonly robot: WorldRobot;
  private readonly shapes: RobotShapes;
  /** Links that stand where they were mounted. */
  private readonly still: ReadonlySet<string>;
  private readonly contact: SelfContact;
  private steps = 0;

  constructor({ robot, seed, look, blocks, holding }: PhysicsOptions) {
    const { model, chain, hand } = robot;
    this.robot = robot;
    this.gripper = new Gripper(hand.opening_m);
    this.blocks = new Blocks(blocks);
    this.arm = new Arm(robot, this.violations);
    this.hand = new Hand(seed, look);
    const { moved, ofLink } = bodiesOf(model, [...chain.joints, ...hand.pads]);
    this.still = new Set(model.order.filter((_, link) => !moved[ofLink[link]!]));
    this.shapes = new RobotShapes(model);
    this.contact = new SelfContact(model, this.shapes);
    this.arm.place(this.gripper.position);
    if (robot.scene !== null) this.forgiveHome();
    const held = holding === null ? undefined : this.blocks.all[holding];
    if (held !== undefined) this.gripper.take(held, this.arm.tip);
  }

  /** The shapes of another robot stand for meshes. */
  private forgiveHome(): void {
    this.shapes.place(this.arm.links);
    this.contact.forgiveTouching();
  }

  /** Goes on for `dt_s` > 0 seconds, short enough that nothing passes through anything. */
  step(dt_s: number): void {
    this.time_s += dt_s;
    this.steps++;
    const before = [...this.arm.position];
    const from_m = this.gripper.heldAt(this.arm.tip);
    this.arm.step(dt_s, this.time_s);
    this.arm.place(this.gripper.position);
    this.standOn(before, from_m);
    this.gripper.step(dt_s, this.arm.tip, this.blocks.all);
    this.arm.place(this.gripper.position);
    this.shapes.place(this.arm.links);
    const enclosed = this.gripper.enclosed(this.arm.tip, this.blocks.all);
    this.blocks.pushedBy(
      this.shapes.shapes,
      this.robot.hand.pad_links,
      enclosed,
      dt_s,
      (link, block, depth_m) => {
        this.violations.add(this.time_s, 'block_hit', `${link} and ${block.colour} block`, depth_m);
      },
    );
    this.blocks.fall(dt_s);
    this.checkContacts();
    const seen = this.hand.visible;
    this.hand.step(dt_s);
    if (!seen && this.hand.visible) this.hand_seen_s = this.time_s;
  }

  /** What is held does not go into what it is lowered onto: the arm stays where it was, and presses. */
  private standOn(before: readonly number[], from_m: number | null): void {
    const { held } = this.gripper;
    const low_m = this.gripper.heldAt(this.arm.tip);
    if (held === null || from_m === null || low_m === null) return;
    if (low_m >= from_m || !this.blocks.standsOn(held, from_m, low_m)) return;
    this.arm.blockedAt(before);
    this.arm.place(this.gripper.position);
    this.pressed_m = Math.max(this.pressed_m, this.arm.pressed_m);
  }

  private checkContacts(): void {
    for (const { link, corners } of this.shapes.shapes) {
      if (!this.still.has(link)) this.checkTable(link, lowest(corners));
    }
    const { held } = this.gripper;
    if (held !== null) this.checkTable(`held ${held.colour} block`, held.pose[11]! - held.half_m);
    if (this.steps % SELF_CONTACT_EVERY !== 0) return;
    const pair = this.contact.find();
    if (pair !== null) this.violations.add(this.time_s, 'self_collision', pair.join(' and '), 0);
  }

  /** The table top is at zero in the world. */
  private checkTable(what: string, lowest_m: number): void {
    const depth_m = -lowest_m;
    if (depth_m > TABLE_GIVE_M) this.violations.add(this.time_s, 'table', what, depth_m);
  }
}
