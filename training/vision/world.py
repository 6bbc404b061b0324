"""Scenes at random: room, table, blocks, clutter, arms, hands, lights and camera, from one of two distributions.

`TRAIN` and, inside it, `CALM` (ordinary workplaces: quiet tables, one arm, little clutter) and `WORK` (the same, busier:
blocks in grippers, hands) are what the model learns from; the validation split is drawn from `TRAIN`. `HELD_OUT` draws camera poses, lights and table
patterns from outside those ranges; nothing is ever chosen by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arms import BACKGROUND, BLOCK, bar, human_hand, robot_arm
from materials import (CALM_TABLE_PATTERNS, HELD_OUT_TABLE_PATTERNS, TRAIN_TABLE_PATTERNS, any_colour, block_colour, hsv, material)
from shapes import Solid, frame_along, rot_z, unit


@dataclass(frozen=True)
class Ranges:
    """Where the two distributions differ. Angles in degrees, lengths in metres."""

    distance_m: tuple
    elevation_deg: tuple  # of the camera above the table plane, 90 is straight down
    roll_deg: tuple  # magnitude
    fov_deg: tuple  # horizontal
    light_elevation_deg: tuple
    light_saturation: tuple
    ambient: tuple
    table_patterns: tuple
    calm: bool = False
    held: float = 0.25  # share of arms that hold a block
    hand: float = 0.17  # share of scenes with a human hand


TRAIN = Ranges((0.35, 1.35), (28, 90), (0, 20), (40, 88), (30, 90), (0.0, 0.25), (0.22, 0.9), TRAIN_TABLE_PATTERNS)
CALM = Ranges((0.45, 1.3), (30, 90), (0, 8), (42, 75), (40, 90), (0.0, 0.12), (0.35, 0.9), CALM_TABLE_PATTERNS, True)
WORK = replace(CALM, held=0.6, hand=0.4)
HELD_OUT = Ranges((0.45, 1.5), (17, 27), (20, 40), (45, 80), (12, 28), (0.3, 0.6), (0.1, 0.2), HELD_OUT_TABLE_PATTERNS)


@dataclass
class Light:
    toward: np.ndarray  # unit vector from the scene to the light
    colour: np.ndarray
    shadow: float  # 0 none .. 1 full
    position: np.ndarray | None = None  # a near light, else parallel rays


@dataclass
class CameraPose:
    pos: np.ndarray
    rot: np.ndarray  # columns: right, down, forward
    fov_rad: float
    k1: float  # radial distortion
    centre: tuple  # principal point offset, share of the width


@dataclass
class Scene:
    solids: list
    lights: list
    ambient: np.ndarray
    camera: CameraPose
    sky: np.ndarray


def camera_pose(rng, r: Ranges) -> CameraPose:
    """A camera that looks at the work area from a bounded footprint, so that a 4 cm block stays above 2.5 px of 160."""
    for _ in range(50):
        distance = rng.uniform(*r.distance_m)
        fov = np.deg2rad(rng.uniform(*r.fov_deg))
        if 0.45 < 2 * distance * np.tan(fov / 2) < 2.2:
            break
    low, high = r.elevation_deg
    elevation = np.deg2rad(high if high == 90 and rng.random() < 0.15 else rng.uniform(low, high))
    azimuth = rng.uniform(0, 2 * np.pi)
    target = np.array([rng.normal(0, 0.07), rng.normal(0, 0.07), rng.uniform(-0.02, 0.12)])
    back = np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])
    forward = -back
    right = unit(np.cross(forward, [0, 0, 1])) if abs(forward[2]) < 0.995 else np.array([-np.sin(azimuth), np.cos(azimuth), 0])
    roll = np.deg2rad(rng.uniform(*r.roll_deg)) * rng.choice([-1, 1])
    if r.roll_deg[0] == 0 and rng.random() < 0.45:
        roll = 0.0
    rot = np.stack([right, np.cross(forward, right), forward], axis=1) @ rot_z(roll)
    k1 = rng.uniform(-0.12, 0.06) if rng.random() < 0.4 else 0.0
    return CameraPose((target + back * distance).astype(np.float32), rot.astype(np.float32), float(fov), float(k1),
                      (rng.normal(0, 0.012), rng.normal(0, 0.012)))


def lights(rng, r: Ranges) -> tuple[list, np.ndarray]:
    """One to three lights and a hemisphere ambient term; the total is normalised later by the exposure."""
    out = []
    for i in range(int(rng.choice([1, 2, 3], p=[0.55, 0.3, 0.15]))):
        elevation, azimuth = np.deg2rad(rng.uniform(*r.light_elevation_deg)), rng.uniform(0, 2 * np.pi)
        toward = np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])
        colour = hsv(rng.choice([0.08, 0.6, rng.random()]), rng.uniform(*r.light_saturation), 1.0) * rng.uniform(0.35, 1.0)
        near = toward * rng.uniform(0.6, 2.0) if rng.random() < 0.3 else None
        out.append(Light(toward.astype(np.float32), colour, float(rng.choice([0.0, rng.uniform(0.4, 1)], p=[0.25, 0.75])), near))
    ambient = hsv(rng.random(), rng.uniform(*r.light_saturation) * 0.6, 1.0) * rng.uniform(*r.ambient)
    return out, ambient


def _table_colour(rng):
    kind = rng.random()
    if kind < 0.4:
        return hsv(rng.uniform(0.04, 0.12), rng.uniform(0.15, 0.7), rng.uniform(0.2, 0.95))  # wood tones
    if kind < 0.75:
        return any_colour(rng, (0, 0.12), (0.04, 1))
    return any_colour(rng, (0.1, 0.9), (0.15, 0.95))


def room(rng, r: Ranges) -> list:
    """Table with edges, legs and a floor beneath, or a table without end; walls around."""
    pattern = r.table_patterns
    if r.calm:
        table_mat = material(rng, _table_colour(rng), pattern, rng.uniform(0.8, 1.15), (0.012, 0.12), gloss=0.2, wild=0.03)
        floor_mat = material(rng, any_colour(rng, (0, 0.3), (0.05, 0.9)), pattern, rng.uniform(0.8, 1.1), (0.04, 0.4), 0.1, 0.0)
    else:
        table_mat = material(rng, _table_colour(rng), pattern, rng.uniform(0.55, 1.35), (0.012, 0.12), gloss=0.35)
        floor_mat = material(rng, any_colour(rng, (0, 0.5), (0.05, 0.9)), pattern, None, (0.04, 0.4), gloss=0.1)
    drop = rng.uniform(0.4, 1.0)
    size = (rng.uniform(1.5, 3.5), rng.uniform(1.5, 3.5), 1.6)
    out = [Solid("room", (rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8), 1.6 - drop), rot_z(rng.uniform(0, 6.3)), size, BACKGROUND, floor_mat, False)]
    thick = rng.uniform(0.008, 0.03)
    if rng.random() < 0.3:
        half = (3.0, 3.0, thick)
    else:
        half = (rng.uniform(0.3, 0.9), rng.uniform(0.25, 0.7), thick)
    centre = np.array([rng.normal(0, 0.12), rng.normal(0, 0.12), -thick])
    turn = rot_z(rng.uniform(0, 6.3))
    out.append(Solid("box", centre, turn, half, BACKGROUND, table_mat, False))
    if half[0] < 1 and rng.random() < 0.6:
        leg = material(rng, any_colour(rng, (0, 0.3), (0.05, 0.9)))
        for sx in (-0.9, 0.9):
            for sy in (-0.9, 0.9):
                top = centre + turn @ np.array([half[0] * sx, half[1] * sy, 0])
                out.append(bar("box", top, top - [0, 0, drop], 0.025, BACKGROUND, leg))
    for _ in range(int(rng.integers(0, 4))):  # furniture on the floor or against the walls
        where = np.append(unit(rng.normal(size=2)) * rng.uniform(1.1, 2.2), rng.uniform(-drop, 0.1))
        out.append(Solid("box", where, rot_z(rng.uniform(0, 6.3)), tuple(rng.uniform(0.12, 0.5, 3)), BACKGROUND, material(rng, any_colour(rng)), False))
    return out


def _free_spot(rng, taken, radius, gap=0.006, spread=0.34):
    for _ in range(25):
        p = unit(rng.normal(size=2)) * spread * np.sqrt(rng.random())
        if all(np.hypot(*(p - q)) > radius + s + gap for q, s in taken):
            taken.append((p, radius))
            return p
    return None


def blocks(rng, taken, spread) -> tuple[list, list]:
    """Zero to eight small boxes, lying, stacked or turned; returns them and where they stand."""
    out, spots = [], []
    count = int(rng.choice(9, p=[0.08, 0.1, 0.13, 0.16, 0.19, 0.13, 0.1, 0.06, 0.05]))
    common = rng.uniform(0.011, 0.03) if rng.random() < 0.6 else None
    look = block_colour(rng) if rng.random() < 0.08 else None
    for _ in range(count):
        half = rng.uniform(0.011, 0.03) if common is None else common
        size = np.full(3, half)
        if rng.random() < 0.3:
            size = np.clip(size * rng.uniform(0.55, 1.9, 3), 0.009, 0.045)
        mat = material(rng, block_colour(rng) if look is None else look, gloss=0.5)
        yaw = rot_z(rng.uniform(0, 6.3))
        if out and rng.random() < 0.15:
            under = out[int(rng.integers(len(out)))]
            z = under.pos[2] + under.size[2] + size[2]
            pos = np.array([under.pos[0], under.pos[1], 0]) + rng.normal(0, 0.004, 3)
            pos[2] = z
        else:
            spot = _free_spot(rng, taken, float(np.hypot(size[0], size[1])), spread=spread)
            if spot is None:
                continue
            pos = np.array([spot[0], spot[1], size[2]])
        out.append(Solid("box", pos, yaw, tuple(size), BLOCK, mat))
        spots.append(pos)
    return out, spots


def _clutter_item(rng, p) -> list:
    mat = material(rng, any_colour(rng), gloss=0.6)
    kind = str(rng.choice(["ball", "can", "mug", "sheet", "sheet", "pen", "box", "book", "plate", "cable", "strip", "tray"]))
    yaw = rot_z(rng.uniform(0, 6.3))
    at = lambda z: np.array([p[0], p[1], z])  # noqa: E731
    solid = lambda k, z, size, rot=yaw: Solid(k, at(z), rot, size, BACKGROUND, mat)  # noqa: E731
    if kind == "ball":
        r = rng.uniform(0.015, 0.06)
        return [solid("ellipsoid", r, (r, r, r))]
    if kind in ("can", "mug"):
        h, r = rng.uniform(0.03, 0.08), rng.uniform(0.02, 0.045)
        lying = kind == "can" and rng.random() < 0.25
        rot = frame_along(yaw[:, 0]) if lying else yaw
        out = [solid("cylinder", r if lying else h, (h, r), rot)]
        if kind == "mug":
            inside = material(rng, any_colour(rng, (0, 0.4), (0.05, 0.5)))
            out.append(Solid("cylinder", at(2 * h + 0.0005), yaw, (0.001, r * 0.85), BACKGROUND, inside, False))
            side = yaw[:, 0] * r
            pts = [at(1.6 * h) + side, at(1.5 * h) + side * 1.8, at(0.6 * h) + side * 1.8, at(0.5 * h) + side]
            out += [bar("capsule", a, b, 0.005, BACKGROUND, mat) for a, b in zip(pts, pts[1:])]
        return out
    if kind == "sheet":
        return [solid("box", 0.0006, (rng.uniform(0.05, 0.16), rng.uniform(0.05, 0.16), 0.0005))]
    if kind == "strip":
        return [solid("box", 0.0004, (rng.uniform(0.08, 0.4), rng.uniform(0.006, 0.03), 0.0003))]
    if kind == "pen":
        a = rng.uniform(0, 6.3)
        d = np.array([np.cos(a), np.sin(a), 0]) * rng.uniform(0.05, 0.09)
        return [bar(str(rng.choice(["capsule", "cylinder"])), at(0.006) - d, at(0.006) + d, rng.uniform(0.003, 0.007), BACKGROUND, mat)]
    if kind == "box":
        size = rng.uniform(0.06, 0.16, 3)
        return [solid("box", size[2], tuple(size))]
    if kind == "book":
        h = rng.uniform(0.005, 0.02)
        return [solid("box", h, (rng.uniform(0.08, 0.15), rng.uniform(0.06, 0.11), h))]
    if kind == "plate":
        h = rng.uniform(0.001, 0.012)
        return [solid("cylinder", h, (h, rng.uniform(0.03, 0.13)))]
    if kind == "tray":
        w, d, h = rng.uniform(0.08, 0.16), rng.uniform(0.06, 0.12), rng.uniform(0.01, 0.035)
        walls = [((w, 0, h), (0.004, d, h)), ((-w, 0, h), (0.004, d, h)), ((0, d, h), (w, 0.004, h)), ((0, -d, h), (w, 0.004, h)), ((0, 0, 0.002), (w, d, 0.002))]
        return [Solid("box", at(0) + yaw @ np.array(c), yaw, s, BACKGROUND, mat) for c, s in walls]
    pts = at(0.004) + np.cumsum(np.c_[rng.normal(0, 0.05, (5, 2)), np.zeros(5)], axis=0)
    return [bar("capsule", a, b, rng.uniform(0.002, 0.006), BACKGROUND, mat) for a, b in zip(pts, pts[1:])]


def _arms(rng, spots, camera, r: Ranges) -> list:
    """None, one or two arms; often the tool is near a block, at times it holds one or covers the view."""
    out = []
    for _ in range(int(rng.choice([0, 1, 2], p=[0.05, 0.95, 0.0] if r.calm else [0.17, 0.75, 0.08]))):
        held = rng.random() < r.held
        if spots and rng.random() < 0.45:
            tip = spots[int(rng.integers(len(spots)))] + [0, 0, rng.uniform(0.0, 0.16)] + rng.normal(0, 0.012, 3)
        else:
            tip = np.array([rng.normal(0, 0.16), rng.normal(0, 0.16), rng.uniform(0.03, 0.38)])
        if not r.calm and rng.random() < 0.05:  # near the lens
            tip = camera.pos + camera.rot @ np.array([rng.normal(0, 0.05), rng.normal(0, 0.05), rng.uniform(0.12, 0.3)])
        tip[2] = max(tip[2], 0.012)
        out += robot_arm(rng, tip, rng.uniform(0.35, 0.75) if r.calm else None, held)
    return out


def random_scene(rng, r: Ranges) -> Scene:
    """One scene from the distribution `r`; everything in it comes from `rng`."""
    camera = camera_pose(rng, r)
    width = 2 * float(np.linalg.norm(camera.pos)) * np.tan(camera.fov_rad / 2)
    spread = float(np.clip(width * 0.36, 0.14, 0.4))
    solids = room(rng, r)
    taken: list = []
    small, spots = blocks(rng, taken, spread)
    solids += small
    for _ in range(int(rng.choice(6, p=[0.5, 0.25, 0.15, 0.1, 0, 0] if r.calm else [0.3, 0.22, 0.18, 0.13, 0.1, 0.07]))):
        spot = _free_spot(rng, taken, 0.05, 0.0, spread * 1.5)
        if spot is not None:
            solids += _clutter_item(rng, spot)
    solids += _arms(rng, spots, camera, r)
    if rng.random() < r.hand:
        solids += human_hand(rng, [rng.normal(0, 0.15), rng.normal(0, 0.15), rng.uniform(0.03, 0.25)])
    lamps, ambient = lights(rng, r)
    return Scene(solids, lamps, ambient, camera, any_colour(rng, (0, 0.3), (0.2, 1)))
