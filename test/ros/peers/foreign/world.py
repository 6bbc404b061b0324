"""Blocks, jaws and a passer-by's arm; what is true, and what was violated."""

import numpy as np

from .kinematics import about, forward, lowest, part_poses, placed
from .render import BACKGROUND, BLOCK, ROBOT

#: a link may be this much below the table top before it counts, m
PENETRATION_M = 0.002
LIMIT_SLACK = 0.005
SPEED_SLACK = 1.05
VIOLATIONS_MAX = 50
SCATTER_M, APART_M = 0.08, 0.10
HAND_IN_S, HAND_STAYS_S = 0.5, 3.5
SKIN, SLEEVE = (222, 172, 140), (44, 66, 58)


class World:
    """One cell. `values`: the joints' values by name, to which the jaws write their own."""

    def __init__(self, cell, seed):
        self.cell = cell
        self.random = np.random.default_rng(seed)
        arm = cell.arm
        self.values = dict(zip(arm.arm_joints, arm.home, strict=True))
        self.jaw = self.jaw_target = cell.jaws.opened
        self.set_fingers()
        self.blocks = self.scattered()
        self.held = None
        self.grip = np.eye(4)
        self.top_m = [0.0] * len(self.blocks)
        self.violations = []
        self.pushed_m = 0.0
        self.hand_at_s = None
        self.hand_still = None
        self.hand_speed = 0.0
        self.poses = forward(arm, self.values)

    def scattered(self):
        """Blocks near their places, apart from each other."""
        while True:
            blocks = []
            for block in self.cell.blocks:
                x, y = block.xy + self.random.uniform(-SCATTER_M, SCATTER_M, 2)
                yaw = block.yaw + self.random.uniform(-0.8, 0.8)
                blocks.append(placed((x, y, self.cell.table_z + block.size_m / 2), about((0, 0, 1), yaw)))
            places = np.array([block[:2, 3] for block in blocks])
            gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(blocks))
            if gaps.min() > APART_M:
                return blocks

    def set_fingers(self):
        for name in self.cell.arm.finger_joints:
            self.values[name] = self.jaw

    def violate(self, kind, where, amount):
        known = next((v for v in self.violations if v["kind"] == kind and v["where"] == where), None)
        if known is not None:
            known["amount"] = max(known["amount"], round(float(amount), 4))
        elif len(self.violations) < VIOLATIONS_MAX:
            self.violations.append({"kind": kind, "where": where, "amount": round(float(amount), 4)})

    def step(self, positions, velocities, now_s, dt_s):
        arm = self.cell.arm
        for name, value, velocity in zip(arm.arm_joints, positions, velocities, strict=True):
            joint = arm.joint(name)
            self.values[name] = float(value)
            beyond = max(joint.lower - value, value - joint.upper)
            if beyond > LIMIT_SLACK:
                self.violate("limit", name, beyond)
            if abs(velocity) > SPEED_SLACK * joint.velocity:
                self.violate("velocity", name, abs(velocity))
        speed = self.cell.arm.joint(arm.finger_joints[0]).velocity
        way = np.clip(self.jaw_target - self.jaw, -speed * dt_s, speed * dt_s)
        before, self.jaw = self.jaw, self.jaw + float(way)
        self.set_fingers()
        self.poses = forward(arm, self.values)
        for part, pose in zip(arm.parts, part_poses(arm, self.poses), strict=True):
            depth = self.cell.table_z - lowest(part.size, pose)
            if depth > PENETRATION_M and part.link not in (arm.order[0].child, arm.order[1].child):
                self.violate("table", part.link, depth)
        self.move_blocks(before, dt_s)
        self.watch_hand(now_s, float(np.abs(velocities).max()))

    def move_blocks(self, before, dt_s):
        tip = self.poses[self.cell.arm.tip]
        for index, block in enumerate(self.cell.blocks):
            if self.held == index:
                self.blocks[index] = tip @ self.grip
                self.hold(index)
            else:
                self.touch(index, tip, before)
                self.fall(index, dt_s)
            self.top_m[index] = max(self.top_m[index], self.height(index))

    def height(self, index):
        """How far a block is above where it lies on the table, m."""
        return float(self.blocks[index][2, 3] - self.cell.table_z - self.cell.blocks[index].size_m / 2)

    def fall(self, index, dt_s):
        if self.height(index) > 0:
            drop = min(self.height(index), 1.0 * dt_s)
            yaw = np.arctan2(self.blocks[index][1, 0], self.blocks[index][0, 0])
            x, y, z = self.blocks[index][:3, 3]
            self.blocks[index] = placed((x, y, z - drop), about((0, 0, 1), yaw))

    def hold(self, index):
        """The jaws stall at the block's width, and let go of it when they open."""
        low, high = self.cell.jaws.faces(self.jaw)
        slack = (high - low) - self.cell.blocks[index].size_m
        if slack > 0.003:
            self.held = None
        elif slack < 0:
            self.stall(self.cell.blocks[index].size_m)

    def stall(self, width):
        """The jaw value at which the faces are `width` apart."""
        jaws = self.cell.jaws
        closed, opened = jaws.closed, jaws.opened
        for _ in range(30):
            middle = (closed + opened) / 2
            low, high = jaws.faces(middle)
            closed, opened = (middle, opened) if high - low < width else (closed, middle)
        self.jaw = opened
        self.set_fingers()

    def touch(self, index, tip, before):
        """What jaws do to a block that is not held: turn and slide it between them, hold it, or push it away."""
        jaws, size = self.cell.jaws, self.cell.blocks[index].size_m
        local = np.linalg.inv(tip) @ self.blocks[index]
        across = local[:3, 3] @ jaws.closing
        aside = abs(local[:3, 3] @ jaws.along)
        depth = local[:3, 3] @ jaws.approach
        overlap = min(depth + size / 2, jaws.pads[1]) - max(depth - size / 2, jaws.pads[0])
        if overlap < 0.005 or aside > size / 2 + jaws.half_pad:
            return
        low, high = jaws.faces(self.jaw)
        yaw = np.arctan2(local[:3, :3].T[0] @ jaws.closing, local[:3, :3].T[0] @ jaws.along)
        off = yaw - np.pi / 2 * np.round(yaw / (np.pi / 2))
        half = size / 2 * (abs(np.cos(off)) + abs(np.sin(off)))
        if low <= across - half and across + half <= high:
            return
        if across < low - 0.012 or across > high + 0.012 or self.jaw >= before and high - low < 2 * half:
            wide = 0.012 + half
            out = (low - wide if across < (low + high) / 2 else high + wide) - across
            if abs(out) < 2 * half + 0.02:
                self.slide(index, tip, out)
                self.pushed_m += abs(out)
            return
        # closing: the faces turn it flat and bring it between them
        turn = about((0, 0, 1), float(off) * (1 if (tip[:3, :3] @ jaws.approach)[2] > 0 else 1))
        place = self.blocks[index][:3, 3].copy()
        turned = placed(place, turn @ self.blocks[index][:3, :3])
        flat = self.flatness(turned, tip)
        other = placed(place, turn.T @ self.blocks[index][:3, :3])
        self.blocks[index] = turned if flat < self.flatness(other, tip) else other
        self.slide(index, tip, np.clip(across, low + size / 2, max(low + size / 2, high - size / 2)) - across)
        if high - low <= size and aside < 0.6 * size:
            self.stall(size)
            self.held = index
            self.grip = np.linalg.inv(tip) @ self.blocks[index]

    def flatness(self, pose, tip):
        side = np.abs(pose[:3, :3].T @ (tip[:3, :3] @ self.cell.jaws.closing))
        return 1 - side.max()

    def slide(self, index, tip, by_m):
        way = tip[:3, :3] @ self.cell.jaws.closing
        self.blocks[index][:2, 3] += way[:2] * by_m

    def watch_hand(self, now_s, speed):
        """The fastest joint while the hand has been in the view for a while; the time until the arm stood still."""
        if self.hand_at_s is None or not self.hand_at_s < now_s < self.hand_at_s + HAND_STAYS_S:
            return
        if self.hand_still is None and speed < 0.01:
            self.hand_still = now_s - self.hand_at_s
        if now_s > self.hand_at_s + 1.5:
            self.hand_speed = max(self.hand_speed, speed)

    def hand_parts(self, now_s):
        if self.hand_at_s is None:
            return []
        t = now_s - self.hand_at_s
        share = min(t / HAND_IN_S, 1.0, (HAND_STAYS_S - t) / HAND_IN_S)
        if share <= 0:
            return []
        (cx, cy), (hx, _) = self.cell.table
        # from the far side of the table, 0.25 m above it; out of every camera's view at first
        reach = hx + 0.5 - share * (hx + 0.35)
        pose = placed((cx - reach, cy + 0.05, self.cell.table_z + 0.25 + 0.01 * np.sin(6 * t)))
        flat = pose @ placed((-0.30, 0, 0.02), about((0, 1, 0), np.pi / 2))
        parts = [((0.045, 0.45), flat, SLEEVE, BACKGROUND), ((0.10, 0.085, 0.035), pose, SKIN, BACKGROUND)]
        for finger in range(4):
            at = pose @ placed((0.085, -0.032 + 0.0215 * finger, 0))
            parts.append(((0.08, 0.016, 0.018), at, SKIN, BACKGROUND))
        return parts

    def things(self, values, blocks, now_s):
        """All that the camera may see: (size, pose, rgb, class)."""
        arm = self.cell.arm
        shown = [
            (part.size, pose, part.rgb, ROBOT)
            for part, pose in zip(arm.parts, part_poses(arm, forward(arm, values)), strict=True)
        ]
        shown += [
            ((block.size_m,) * 3, pose, block.rgb, BLOCK)
            for block, pose in zip(self.cell.blocks, blocks, strict=True)
        ]
        return shown + self.hand_parts(now_s)

    def truth(self):
        tip = self.poses[self.cell.arm.tip]
        return {
            "held": None if self.held is None else self.cell.blocks[self.held].name,
            "blocks": {
                block.name: {
                    "position_m": [round(float(x), 4) for x in self.blocks[k][:3, 3]],
                    "height_m": round(self.height(k), 4),
                    "top_m": round(self.top_m[k], 4),
                }
                for k, block in enumerate(self.cell.blocks)
            },
            "tip_m": [round(float(x), 4) for x in tip[:3, 3]],
            "jaw": round(self.jaw, 4),
            "pushed_m": round(self.pushed_m, 4),
            "violations": self.violations,
            "hand": {
                "shown": self.hand_at_s is not None,
                "still_after_s": None if self.hand_still is None else round(self.hand_still, 3),
                "speed_while_there": round(self.hand_speed, 4),
            },
        }
