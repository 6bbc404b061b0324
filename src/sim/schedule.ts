import type { Parameters } from '../contracts/parameters/index.js';
import type { TabletopWorld } from './world.js';

/** Lets happen what the parameters ask for: faults from the start, the hand and the freeze at their times. */
export class Schedule {
  private hand_due: boolean;
  private freeze_due: boolean;
  private voice_due: boolean;

  constructor(
    private readonly parameters: Parameters['sim'],
    private readonly world: TabletopWorld,
  ) {
    this.hand_due = parameters.hand_at_s > 0;
    this.freeze_due = parameters.freeze_at_s > 0;
    this.voice_due = parameters.voice_at_s > 0;
    world.obey({
      drop_share: parameters.drop_share,
      noise: parameters.noise,
      stuck_joint: parameters.stuck_joint,
    });
  }

  /** To be called after each step of the world. */
  step(): void {
    const { hand_at_s, hand_for_s, freeze_at_s, freeze_for_s, voice_at_s, voice_for_s } = this.parameters;
    const { time_s } = this.world;
    if (this.hand_due && time_s >= hand_at_s) {
      this.hand_due = false;
      this.world.obey({ hand: { for_s: hand_for_s } });
    }
    if (this.voice_due && time_s >= voice_at_s) {
      this.voice_due = false;
      this.world.obey({ voice: { for_s: voice_for_s } });
    }
    if (this.freeze_due && time_s >= freeze_at_s) {
      this.freeze_due = false;
      this.world.obey({ freeze: { for_s: freeze_for_s, stamps: 'advance' } });
    }
  }
}
