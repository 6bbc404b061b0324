"""Ray casting of simple solids, vectorised over rays with numpy.

World frame: metres, z up, the table top at z = 0. Every solid has a local frame (columns of `rot` are its
axes in the world, `pos` its centre) and is intersected there. Cylinders and capsules run along local z.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

FAR = np.float32(1e9)
EPS = np.float32(1e-5)


@dataclass
class Material:
    """Two colours (linear RGB, 0..1) mixed by a named pattern, and a highlight of strength `gloss`."""

    a: np.ndarray
    b: np.ndarray
    pattern: str = "plain"
    scale: float = 0.05
    seed: int = 0
    gloss: float = 0.0
    hardness: float = 20.0


@dataclass
class Solid:
    """One solid: kind, centre, axes, size (meaning depends on the kind), class label and material."""

    kind: str
    pos: np.ndarray
    rot: np.ndarray
    size: tuple
    label: int
    material: Material
    casts_shadow: bool = True
    bound: float = field(init=False)

    def __post_init__(self) -> None:
        self.pos = np.asarray(self.pos, np.float32)
        self.rot = np.asarray(self.rot, np.float32)
        s = self.size
        if self.kind in ("box", "room"):
            self.bound = float(np.linalg.norm(s))
        elif self.kind == "cylinder":
            self.bound = float(np.hypot(s[0], s[1]))
        elif self.kind == "capsule":
            self.bound = float(s[0] + s[1])
        else:  # ellipsoid
            self.bound = float(max(s))


def dot3(a, b):
    """Dot product over a last axis of three; numpy's own reduction is many times slower on so short an axis."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def _slabs(o, d, half):
    """Entry and exit distance of each ray in each of the three slabs, as two lists."""
    near, far = [], []
    for k in range(3):
        dk = d[..., k]
        inv = 1.0 / np.where(np.abs(dk) < 1e-9, np.float32(1e-9), dk)
        t1, t2 = (-half[k] - o[..., k]) * inv, (half[k] - o[..., k]) * inv
        near.append(np.minimum(t1, t2))
        far.append(np.maximum(t1, t2))
    return near, far


def _box(o, d, half):
    n, f = _slabs(o, d, half)
    near = np.maximum(np.maximum(n[0], n[1]), n[2])
    far = np.minimum(np.minimum(f[0], f[1]), f[2])
    return np.where((near <= far) & (near > EPS), near, FAR)


def _room(o, d, half):
    _, f = _slabs(o, d, half)
    far = np.minimum(np.minimum(f[0], f[1]), f[2])
    return np.where(far > EPS, far, FAR)


def _quadratic(a, b, c):
    """Smaller root of a t² + 2 b t + c, FAR where there is none."""
    disc = b * b - a * c
    root = (-b - np.sqrt(np.maximum(disc, 0))) / np.where(np.abs(a) < 1e-12, np.float32(1e-12), a)
    return np.where(disc > 0, root, FAR)


def _ellipsoid(o, d, radii):
    o, d = o / radii, d / radii
    a = dot3(d, d)
    t = _quadratic(a, dot3(o, d), dot3(o, o) - 1.0)
    return np.where(t > EPS, t, FAR)


def _tube(o, d, half, radius):
    """The mantle of a cylinder, without its ends."""
    dx, dy, ox, oy = d[..., 0], d[..., 1], o[..., 0], o[..., 1]
    t = _quadratic(dx * dx + dy * dy, ox * dx + oy * dy, ox * ox + oy * oy - radius * radius)
    z = o[..., 2] + t * d[..., 2]
    return np.where((t > EPS) & (t < FAR) & (np.abs(z) < half), t, FAR)


def _cylinder(o, d, half, radius):
    t = _tube(o, d, half, radius)
    dz = np.where(np.abs(d[..., 2]) < 1e-9, np.float32(1e-9), d[..., 2])
    cap = (-np.sign(dz) * half - o[..., 2]) / dz
    x, y = o[..., 0] + cap * d[..., 0], o[..., 1] + cap * d[..., 1]
    cap = np.where((cap > EPS) & (x * x + y * y < radius * radius), cap, FAR)
    return np.minimum(t, cap)


def _capsule(o, d, half, radius):
    t = _tube(o, d, half, radius)
    a = dot3(d, d)
    for end in (-half, half):
        oe = o - np.array([0, 0, end], np.float32)
        s = _quadratic(a, dot3(oe, d), dot3(oe, oe) - radius * radius)
        t = np.minimum(t, np.where(s > EPS, s, FAR))
    return t


def intersect(solid: Solid, o: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Distance along each local ray `o + t d` to the first surface; FAR for a miss."""
    if solid.kind == "box":
        return _box(o, d, np.asarray(solid.size, np.float32))
    if solid.kind == "room":
        return _room(o, d, np.asarray(solid.size, np.float32))
    if solid.kind == "cylinder":
        return _cylinder(o, d, np.float32(solid.size[0]), np.float32(solid.size[1]))
    if solid.kind == "capsule":
        return _capsule(o, d, np.float32(solid.size[0]), np.float32(solid.size[1]))
    return _ellipsoid(o, d, np.asarray(solid.size, np.float32))


def normals(solid: Solid, q: np.ndarray) -> np.ndarray:
    """Outward unit normals in the local frame at local surface points q [n,3]."""
    if solid.kind in ("box", "room"):
        rel = q / np.asarray(solid.size, np.float32)
        x, y, z = np.abs(rel).T
        axis = np.where((x >= y) & (x >= z), 0, np.where(y >= z, 1, 2))
        out = np.zeros_like(q)
        rows = np.arange(len(q))
        out[rows, axis] = np.sign(rel[rows, axis])
        return -out if solid.kind == "room" else out
    if solid.kind == "ellipsoid":
        out = q / np.square(np.asarray(solid.size, np.float32))
    elif solid.kind == "capsule":
        out = q.copy()
        out[:, 2] -= np.clip(q[:, 2], -solid.size[0], solid.size[0])
    else:
        out = q.copy()
        cap = np.abs(q[:, 2]) > solid.size[0] - 1e-4
        out[:, 2] = 0
        out[cap] = 0
        out[cap, 2] = np.sign(q[cap, 2])
    return out / np.maximum(np.sqrt(dot3(out, out))[:, None], 1e-9)


def unit(v) -> np.ndarray:
    v = np.asarray(v, np.float64)
    return v / max(float(np.linalg.norm(v)), 1e-12)


def frame_along(axis, hint=None) -> np.ndarray:
    """A rotation whose third column is `axis` and whose first column is near `hint`."""
    z = unit(axis)
    h = np.array([0.0, 0.0, 1.0]) if hint is None else np.asarray(hint, np.float64)
    x = h - z * float(h @ z)
    if np.linalg.norm(x) < 1e-3:
        x = np.cross(z, [1.0, 0.2, 0.1])
    x = unit(x)
    return np.stack([x, np.cross(z, x), z], axis=1)


def rot_z(angle_rad: float) -> np.ndarray:
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
