import { LIFECYCLE_SUCCESS, type RclLifecycleNode } from './rcl.js';

/** The lifecycle of the main node. Actions are sent only while it is active; what stops the arm always is. */
export type LifecycleState = 'unconfigured' | 'inactive' | 'active' | 'finalized';

/** Follows the transitions that people ask for (`ros2 lifecycle set /sage …`) and makes those at start and end. */
export class Lifecycle {
  private current: LifecycleState = 'unconfigured';

  constructor(
    private readonly inner: RclLifecycleNode,
    onChange: (state: LifecycleState) => void,
  ) {
    const becomes = (state: LifecycleState) => (): number => {
      this.current = state;
      onChange(state);
      return LIFECYCLE_SUCCESS;
    };
    inner.registerOnConfigure(becomes('inactive'));
    inner.registerOnActivate(becomes('active'));
    inner.registerOnDeactivate(becomes('inactive'));
    inner.registerOnCleanup(becomes('unconfigured'));
    inner.registerOnShutdown(becomes('finalized'));
    answerImpossible(inner);
  }

  get state(): LifecycleState {
    return this.current;
  }

  /** Activates or deactivates the node, as a recording did; any other state is left to people. */
  become(state: string): void {
    if (state === 'active' && this.current === 'inactive') this.inner.activate();
    if (state === 'inactive' && this.current === 'active') this.inner.deactivate();
  }

  /** Configures and activates the node. */
  start(): void {
    this.inner.configure();
    this.inner.activate();
  }
}

/** rclnodejs 2.2.0 never answers a request for a transition that the state does not allow; the caller would wait. */
function answerImpossible(inner: RclLifecycleNode): void {
  const change = inner._onChangeState.bind(inner);
  inner._onChangeState = (request, response) => {
    try {
      change(request, response);
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      response.send({ success: false });
    }
  };
}
