"""joint_trajectory_controller as it behaves by default in Jazzy, with a position interface, over a drive that lags."""

import numpy as np


def polynomial(start, end, duration, t):
    """Position and velocity of one joint between (position, velocity or None, acceleration or None) knots."""
    if t >= duration:
        return end[0], end[1] or 0.0
    d, t = duration, max(0.0, t)
    p0, v0, a0 = start
    p1, v1, a1 = end
    if v0 is None or v1 is None:
        return p0 + (p1 - p0) * t / d, (p1 - p0) / d
    if a0 is None or a1 is None:
        c2 = (3 * (p1 - p0) - (2 * v0 + v1) * d) / d**2
        c3 = (2 * (p0 - p1) + (v0 + v1) * d) / d**3
        return p0 + v0 * t + c2 * t**2 + c3 * t**3, v0 + 2 * c2 * t + 3 * c3 * t**2
    c3 = (20 * (p1 - p0) - (8 * v1 + 12 * v0) * d - (3 * a0 - a1) * d**2) / (2 * d**3)
    c4 = (30 * (p0 - p1) + (14 * v1 + 16 * v0) * d + (3 * a0 - 2 * a1) * d**2) / (2 * d**4)
    c5 = (12 * (p1 - p0) - 6 * (v1 + v0) * d + (a1 - a0) * d**2) / (2 * d**5)
    position = p0 + v0 * t + a0 / 2 * t**2 + c3 * t**3 + c4 * t**4 + c5 * t**5
    return position, v0 + a0 * t + 3 * c3 * t**2 + 4 * c4 * t**3 + 5 * c5 * t**4


class TrajectoryController:
    """`position`, `velocity`: measured. The command lags by `lag_s` behind it as a first-order drive does."""

    def __init__(self, joints, home, lag_s):
        self.joints = tuple(joints)
        self.position = np.array(home, dtype=float)
        self.velocity = np.zeros(len(home))
        self.command = self.position.copy()
        self.lag_s = lag_s
        self.knots = []
        self.begun_s = 0.0
        self.accepted = 0
        self.rejected = []

    def accept(self, message, now_s, in_s=None):
        """Takes a JointTrajectory; a reason where the controller refuses it (the running one goes on).

        `now_s` is the robot's time; `in_s`: for a stamped one, when it begins, from now.
        """
        reason = self.refusal(message, in_s)
        if reason is not None:
            self.rejected.append(reason)
            return reason
        order = [list(message.joint_names).index(name) for name in self.joints]

        def picked(values):
            return [values[i] for i in order] if len(values) else [None] * len(order)

        self.begun_s = now_s + (in_s or 0.0)
        # interpolate_from_desired_state is false: the first stretch starts at the measured state
        first = list(zip(self.position.tolist(), self.velocity.tolist(), [None] * len(order), strict=True))
        self.knots = [(min(0.0, now_s - self.begun_s), first)]
        for point in message.points:
            time_s = point.time_from_start.sec + point.time_from_start.nanosec * 1e-9
            columns = (picked(point.positions), picked(point.velocities), picked(point.accelerations))
            self.knots.append((time_s, list(zip(*columns, strict=True))))
        self.accepted += 1
        return None

    def refusal(self, message, in_s):
        names, points = list(message.joint_names), message.points
        if sorted(names) != sorted(self.joints):
            return f"joints {names} are not the controller's"
        if not points:
            return "no points"
        last_s = -1.0
        for point in points:
            time_s = point.time_from_start.sec + point.time_from_start.nanosec * 1e-9
            if time_s <= last_s:
                return "times do not increase strictly"
            last_s = time_s
            if len(point.positions) != len(names):
                return "a point without a position for every joint"
            if len(point.velocities) not in (0, len(names)) or len(point.accelerations) not in (0, len(names)):
                return "velocities or accelerations of wrong size"
            if len(point.effort):
                return "effort is not supported"
            if not np.isfinite([*point.positions, *point.velocities, *point.accelerations]).all():
                return "not finite"
        if any(abs(v) > np.finfo(np.float32).eps for v in points[-1].velocities):
            return "velocity at the end is not zero"
        if in_s is not None and in_s + last_s < 0:
            return "lies in the past"
        return None

    def step(self, now_s, dt_s):
        if self.knots:
            t = now_s - self.begun_s
            after = next((k for k, knot in enumerate(self.knots) if knot[0] > t), None)
            if after is None:
                self.command = np.array([knot[0] for knot in self.knots[-1][1]])
                self.knots = []
            elif after > 0:
                (t0, start), (t1, end) = self.knots[after - 1], self.knots[after]
                samples = [polynomial(a, b, t1 - t0, t - t0) for a, b in zip(start, end, strict=True)]
                self.command = np.array([position for position, _ in samples])
        before = self.position
        self.position = before + (self.command - before) * (1 - np.exp(-dt_s / self.lag_s))
        self.velocity = (self.position - before) / dt_s
