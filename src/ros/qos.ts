/** Quality of service, by purpose. Depths bound every queue of the middleware. */
export interface Qos {
  readonly depth: number;
  readonly reliable: boolean;
  /** Transient local: a late subscriber gets the last message. */
  readonly latched: boolean;
}

/**
 * REP-2003 sensor data: newest counts, nothing is sent again. Best effort takes reliable publishers too. Deep
 * enough for the 100 Hz of joint states over a pause of this process.
 */
export const SENSOR: Qos = { depth: 10, reliable: false, latched: false };

/** Images: a few, since each holds a megabyte and only the newest is decided on. */
export const IMAGE: Qos = { depth: 4, reliable: false, latched: false };

/** Events that must arrive: goals, commands, telemetry. */
export const RELIABLE: Qos = { depth: 32, reliable: true, latched: false };

/** State that a late subscriber needs at once. */
export const LATCHED: Qos = { depth: 1, reliable: true, latched: true };

/** A latched topic with several publishers or transforms. */
export const LATCHED_MANY: Qos = { depth: 100, reliable: true, latched: true };

/** As LATCHED, but compatible with publishers that do not latch. */
export const PLAIN: Qos = { depth: 10, reliable: false, latched: false };

/** As rclcpp's parameter events. */
export const PARAMETER_EVENTS: Qos = { depth: 1000, reliable: true, latched: false };
