"""Random robot arms and random human hands, as lists of solids. No real product is modelled."""

from __future__ import annotations

import numpy as np

from materials import any_colour, block_colour, material, robot_colour, skin_colour
from shapes import Solid, frame_along, unit

ROBOT, BLOCK, BACKGROUND = 1, 2, 0
STYLES = ("tube", "capsule", "box", "servo", "mixed")


def bar(kind, a, b, radius, label, mat, flat=1.0, hint=None) -> Solid:
    """A solid that reaches from point a to point b; `flat` is the box's second width over its first."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    half = max(float(np.linalg.norm(b - a)) / 2, 1e-4)
    rot = frame_along(b - a if half > 1e-4 else [0, 0, 1], hint)
    size = (radius, radius * flat, half) if kind == "box" else (half, radius)
    return Solid(kind, (a + b) / 2, rot, size, label, mat)


class ArmLook:
    """Style, thickness and palette of one arm."""

    def __init__(self, rng, reach_m: float):
        self.rng = rng
        self.style = str(rng.choice(STYLES))
        self.radius = float(np.clip(reach_m * rng.uniform(0.045, 0.11), 0.014, 0.075))
        count = int(rng.integers(1, 4))
        self.palette = [material(rng, robot_colour(rng), gloss=0.7, contrast=rng.uniform(0.6, 1.2)) for _ in range(count)]
        self.taper = rng.uniform(0.6, 1.0)

    def mat(self):
        return self.palette[int(self.rng.integers(len(self.palette)))]

    def kind(self) -> str:
        options = {"tube": ["cylinder"], "capsule": ["capsule"], "box": ["box"], "servo": ["box", "box", "cylinder"],
                   "mixed": ["box", "cylinder", "capsule"]}[self.style]
        return str(self.rng.choice(options))


def _link(look: ArmLook, a, b, radius, side) -> list:
    """One link from a to b: one to three pieces, a joint housing at a, sometimes a sideways offset or a cable."""
    rng = look.rng
    shift = side * radius * rng.choice([0.0, 0.0, 1.0, 1.8]) * rng.choice([-1, 1])
    a2, b2 = np.asarray(a) + shift, np.asarray(b) + shift
    pieces = int(rng.integers(1, 4))
    cuts = np.concatenate([[0], np.sort(rng.uniform(0.2, 0.8, pieces - 1)), [1]])
    out = []
    for i in range(pieces):
        p, q = a2 + (b2 - a2) * cuts[i], a2 + (b2 - a2) * cuts[i + 1]
        r = radius * (rng.uniform(0.55, 1.05) if pieces > 1 else rng.uniform(0.75, 1.0))
        out.append(bar(look.kind(), p, q, r, ROBOT, look.mat(), rng.uniform(0.5, 1.2), side))
    joint = rng.random()
    half = radius * rng.uniform(0.9, 1.7)
    if joint < 0.55:
        out.append(bar("cylinder", a - side * half, a + side * half + shift, radius * rng.uniform(0.9, 1.25), ROBOT, look.mat()))
    elif joint < 0.75:
        out.append(Solid("ellipsoid", a, np.eye(3), (radius * 1.25,) * 3, ROBOT, look.mat()))
    elif joint < 0.9:
        out.append(bar("box", a - side * half, a + side * half, radius * rng.uniform(0.8, 1.2), ROBOT, look.mat(), 1.0, b2 - a2))
    if rng.random() < 0.12:
        mid = (a2 + b2) / 2 + unit(rng.normal(size=3)) * radius * 1.8
        for p, q in ((a2, mid), (mid, b2)):
            out.append(bar("capsule", p, q, 0.004, ROBOT, look.mat()))
    return out


def _finger(look, root, tip, across, thick, wide) -> list:
    rng = look.rng
    mat = look.mat()
    half = rng.random()
    if half < 0.5:
        return [bar("box", root, tip, thick, ROBOT, mat, wide / thick, across)]
    bend = root + (tip - root) * rng.uniform(0.35, 0.7) + across * rng.uniform(0.0, 0.02)
    kind = "capsule" if half > 0.85 else "box"
    return [bar(kind, root, bend, thick * 1.2, ROBOT, mat, wide / thick, across),
            bar(kind, bend, tip, thick, ROBOT, look.mat(), wide / thick, across)]


def _gripper(look, flange, tip, held: bool) -> list:
    """Palm and two fingers from the flange to the tip point; a block between them when `held`."""
    rng = look.rng
    approach = unit(np.asarray(tip) - flange)
    across = unit(np.cross(approach, rng.normal(size=3)))
    length = float(np.linalg.norm(np.asarray(tip) - flange))
    palm_end = flange + approach * length * rng.uniform(0.35, 0.6)
    opening = rng.uniform(0.02, 0.055) if held else rng.uniform(0.0, 0.09)
    thick, wide = rng.uniform(0.004, 0.012), rng.uniform(0.006, 0.018)
    spread = opening / 2 + thick
    palm_half = max(spread + thick, rng.uniform(0.025, 0.05))
    out = [bar("box", flange, palm_end, palm_half, ROBOT, look.mat(), rng.uniform(0.4, 0.9), across)
           if rng.random() < 0.7 else bar("cylinder", flange, palm_end, palm_half, ROBOT, look.mat())]
    if rng.random() < 0.5:
        out.append(bar("box", palm_end - across * palm_half * 1.3, palm_end + across * palm_half * 1.3,
                       rng.uniform(0.008, 0.02), ROBOT, look.mat()))
    splay = rng.uniform(-0.01, 0.03) if rng.random() < 0.3 else 0.0
    for sign in (-1, 1):
        out += _finger(look, palm_end + across * sign * (spread + splay), np.asarray(tip) + across * sign * spread,
                       across * sign, thick, wide)
    if held:
        side = opening / 2
        size = (side, rng.uniform(0.8, 1.3) * side, rng.uniform(0.9, 1.5) * side)
        rot = frame_along(approach, across)
        mat = material(rng, block_colour(rng), gloss=0.3)
        out.append(Solid("box", np.asarray(tip) - approach * side * rng.uniform(-0.4, 0.6), rot, size, BLOCK, mat))
    return out


def _elbow(rng, shoulder, wrist, l1, l2):
    """Where the elbow goes: the triangle over shoulder and wrist, mostly pointing up."""
    base = wrist - shoulder
    d = float(np.linalg.norm(base))
    along = (l1 * l1 - l2 * l2 + d * d) / (2 * d)
    height = np.sqrt(max(l1 * l1 - along * along, 0.0))
    axis = unit(base)
    up = np.array([0, 0, 1.0]) - axis * axis[2]
    up = unit(up + rng.normal(0, 0.25, 3)) if rng.random() < 0.8 else unit(rng.normal(size=3))
    up = unit(up - axis * float(up @ axis))
    return shoulder + axis * along + up * height


def robot_arm(rng, tip, reach_m=None, held=False) -> list:
    """An arm from a base on the table to `tip`; five to nine links with joint housings, palm and fingers."""
    tip = np.asarray(tip, np.float64)
    reach = float(rng.uniform(0.22, 0.8)) if reach_m is None else reach_m
    angle = rng.uniform(0, 2 * np.pi)
    base = tip + reach * rng.uniform(0.45, 1.0) * np.array([np.cos(angle), np.sin(angle), 0])
    base[2] = 0.0
    look = ArmLook(rng, reach)
    tool = rng.uniform(0.07, 0.17) * (0.6 + reach / 1.2)
    down = np.array([0, 0, -1.0])
    toward = unit((tip - base) * [1, 1, 0])
    approach = unit(down + rng.normal(0, 0.12, 3)) if rng.random() < 0.55 else unit(down * rng.uniform(0, 1) + toward * rng.uniform(0, 1) + rng.normal(0, 0.3, 3))
    flange = tip - approach * tool
    wrist = flange - approach * rng.uniform(0.02, 0.07) + unit(rng.normal(size=3)) * rng.uniform(0, 0.04)
    shoulder = base + [0, 0, reach * rng.uniform(0.15, 0.45)]
    need = float(np.linalg.norm(wrist - shoulder))
    total = need * rng.uniform(1.02, 1.6)
    l1 = total * rng.uniform(0.42, 0.58)
    elbow = _elbow(rng, shoulder, wrist, l1, total - l1)
    side = unit(np.cross(elbow - shoulder, wrist - elbow) + 1e-6)
    r = look.radius
    out = [bar(str(rng.choice(["cylinder", "box"])), base, base + [0, 0, rng.uniform(0.01, 0.06)], r * rng.uniform(1.2, 2.2), ROBOT, look.mat())]
    out.append(bar(look.kind(), base, shoulder, r * rng.uniform(0.9, 1.3), ROBOT, look.mat()))
    out += _link(look, shoulder, elbow, r, side)
    out += _link(look, elbow, wrist, r * look.taper, side)
    out += _link(look, wrist, flange, r * look.taper ** 2, unit(np.cross(approach, side) + 1e-6))
    return out + _gripper(look, flange, tip, held)


def human_hand(rng, at) -> list:
    """A forearm that comes from outside, a palm and four or five bent fingers. Class: background."""
    at = np.asarray(at, np.float64)
    angle = rng.uniform(0, 2 * np.pi)
    away = unit([np.cos(angle), np.sin(angle), rng.uniform(0.0, 0.8)])
    mat = material(rng, skin_colour(rng), patterns=("plain", "plain", "noise"), gloss=0.2, contrast=rng.uniform(0.8, 1.1))
    sleeve = material(rng, any_colour(rng), gloss=0.1)
    wrist = at + away * 0.1
    rest = wrist + away * rng.uniform(0.3, 0.6)
    cuff = wrist + (rest - wrist) * rng.uniform(0.05, 1.0)
    radius = rng.uniform(0.024, 0.04)
    out = [bar("capsule", wrist, cuff, radius, BACKGROUND, mat), bar("capsule", cuff, rest, radius * 1.35, BACKGROUND, sleeve)]
    side = unit(np.cross(away, [rng.normal(0, 0.4), rng.normal(0, 0.4), 1.0]))
    rot = frame_along(-away, side)
    out.append(Solid("ellipsoid", at + away * 0.03, rot, (0.045, 0.022, 0.06), BACKGROUND, mat))
    curl = rng.uniform(0.0, 1.2)
    for i in range(int(rng.integers(4, 6))):
        start = at - away * 0.02 + side * (i - 1.7) * 0.021
        direction = unit(-away + side * (i - 1.7) * rng.uniform(0.05, 0.25))
        for length in (0.042, 0.032):
            end = start + direction * length * rng.uniform(0.8, 1.1)
            out.append(bar("capsule", start, end, rng.uniform(0.007, 0.0105), BACKGROUND, mat))
            start, direction = end, unit(direction + np.array([0, 0, -curl]))
    return out
