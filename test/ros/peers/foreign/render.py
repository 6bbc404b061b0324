"""A small ray caster: boxes and cylinders over a table, with shadows, at half resolution. Labels come for free."""

import struct
import zlib

import numpy as np

from .kinematics import corners

BACKGROUND, ROBOT, BLOCK = 0, 1, 2
NOISES = 6


def distort(x, y, k):
    k1, k2, p1, p2, k3 = k
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y


def hit_box(size, origin, way):
    """Distance along each ray (inf where it misses) and the local normal."""
    half = np.asarray(size, dtype=np.float32) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (-half - origin) / way, (half - origin) / way
    near, far = np.minimum(low, high), np.maximum(low, high)
    axis = np.argmax(near, axis=1)
    t = np.take_along_axis(near, axis[:, None], 1)[:, 0]
    t = np.where((t <= far.min(axis=1)) & (t > 0), t, np.inf)
    normal = np.zeros_like(way)
    np.put_along_axis(normal, axis[:, None], -np.sign(np.take_along_axis(way, axis[:, None], 1)), 1)
    return t, normal


def hit_cylinder(size, origin, way):
    radius, half = size[0], size[1] / 2
    ox, oy, oz = origin[..., 0], origin[..., 1], origin[..., 2]
    dx, dy, dz = way[:, 0], way[:, 1], way[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = dx * dx + dy * dy, ox * dx + oy * dy
        root = b * b - a * (ox * ox + oy * oy - radius * radius)
        side = (-b - np.sqrt(root)) / a
        side = np.where((np.abs(oz + side * dz) <= half) & (side > 0), side, np.inf)
        cap = (-np.sign(dz) * half - oz) / dz
        inside = (ox + cap * dx) ** 2 + (oy + cap * dy) ** 2 <= radius * radius
        cap = np.where(inside & (cap > 0), cap, np.inf)
    t = np.minimum(side, cap)
    on_cap = cap < side
    reach = np.where(np.isfinite(t), t, 0)
    normal = np.stack([(ox + reach * dx) / radius, (oy + reach * dy) / radius, np.zeros_like(dz)], axis=1)
    normal[on_cap] = 0
    normal[on_cap, 2] = -np.sign(dz[on_cap])
    return t, normal


def cast(size, pose, origin, way):
    """Rays (origin (3,) or (n, 3), way (n, 3)) of the world against a part; distances and normals of the world."""
    turn = pose[:3, :3].astype(np.float32)
    local = (np.asarray(origin, dtype=np.float32) - pose[:3, 3].astype(np.float32)) @ turn
    t, normal = (hit_cylinder if len(size) == 2 else hit_box)(size, local, way @ turn)
    return t, normal @ turn.T


class Renderer:
    def __init__(self, cell, seed, shrink=2):
        self.cell, self.shrink = cell, shrink
        camera = cell.camera
        self.random = np.random.default_rng(seed)
        self.width, self.height = camera.width // shrink, camera.height // shrink
        v, u = np.mgrid[0 : self.height, 0 : self.width]
        tx = ((u + 0.5) * shrink - camera.width / 2) / camera.focal_px
        ty = ((v + 0.5) * shrink - camera.height / 2) / camera.focal_px
        x, y = tx.copy(), ty.copy()
        for _ in range(20):
            dx, dy = distort(x, y, camera.distortion)
            x, y = x + tx - dx, y + ty - dy
        ways = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.optical[:3, :3].T
        self.ways = (ways / np.linalg.norm(ways, axis=-1, keepdims=True)).astype(np.float32)
        self.eye = camera.optical[:3, 3].astype(np.float32)
        self.light = np.asarray(cell.light, dtype=np.float32) / np.linalg.norm(cell.light)
        self.paint_ground()
        noise = self.random.normal(0, 3.0, (NOISES, self.height, self.width, 3))
        self.noises = np.round(noise).astype(np.int16)

    def paint_ground(self):
        """Table with a grain and floor, as colour, distance and point per pixel; nothing on them moves."""
        cell, random = self.cell, self.random
        down = self.ways[..., 2]
        with np.errstate(divide="ignore"):
            t = np.where(down < -1e-3, (cell.table_z - self.eye[2]) / down, np.inf)
            floor = np.where(down < -1e-3, -self.eye[2] / down, np.inf)
        points = self.eye + self.ways * np.where(np.isfinite(t), t, 0)[..., None]
        (cx, cy), (hx, hy) = cell.table
        on = np.isfinite(t) & (abs(points[..., 0] - cx) < hx) & (abs(points[..., 1] - cy) < hy)
        waves = np.sin(points[..., 0] * 90 + 3 * np.sin(points[..., 1] * 7)) * np.sin(points[..., 1] * 13)
        grain = 6 * waves + random.normal(0, 2, on.shape)
        floor_points = self.eye + self.ways * np.where(np.isfinite(floor), floor, 0)[..., None]
        tiles = 8 * np.sign(np.sin(floor_points[..., 0] * 8) * np.sin(floor_points[..., 1] * 8))
        self.ground = np.where(
            on[..., None],
            np.asarray(cell.table_rgb) + grain[..., None],
            np.asarray(cell.floor_rgb) + tiles[..., None],
        ).astype(np.float32)
        self.far = np.where(on, t, floor).astype(np.float32)
        self.table_points = np.where(on[..., None], points, np.nan).astype(np.float32)

    def window(self, points):
        """Rows and columns that points of the world cover, or None."""
        optical = self.cell.camera.optical
        local = (points - optical[:3, 3]) @ optical[:3, :3]
        if (local[:, 2] < 0.05).all():
            return None
        depth = np.maximum(local[:, 2], 0.05)
        dx, dy = distort(local[:, 0] / depth, local[:, 1] / depth, self.cell.camera.distortion)
        u = (dx * self.cell.camera.focal_px + self.cell.camera.width / 2) / self.shrink
        v = (dy * self.cell.camera.focal_px + self.cell.camera.height / 2) / self.shrink
        rows = slice(max(0, int(v.min()) - 1), min(self.height, int(v.max()) + 2))
        columns = slice(max(0, int(u.min()) - 1), min(self.width, int(u.max()) + 2))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return None
        return rows, columns

    def shade(self, size, pose, colour):
        """The shadow of a part on the table."""
        around = corners(size) @ pose[:3, :3].T + pose[:3, 3]
        above = np.maximum(around[:, 2] - self.cell.table_z, 0)
        window = self.window(around - above[:, None] * self.light / self.light[2])
        if window is None:
            return
        points = self.table_points[window]
        on = np.isfinite(points[..., 0])
        if not on.any():
            return
        starts = points[on]
        t, _ = cast(size, pose, starts, np.broadcast_to(self.light, starts.shape))
        patch = colour[window]
        shaded = np.zeros(on.shape, dtype=bool)
        shaded[on] = np.isfinite(t)
        patch[shaded & ~self.shadowed[window]] *= 0.62
        self.shadowed[window] |= shaded

    def frame(self, things):
        """things: (size, pose, rgb, class). Returns a picture for `noisy`, and class ids of full size."""
        colour, far = self.ground.copy(), self.far.copy()
        labels = np.zeros(far.shape, dtype=np.uint8)
        self.shadowed = np.zeros(far.shape, dtype=bool)
        for size, pose, _, _ in things:
            self.shade(size, pose, colour)
        for size, pose, rgb, label in things:
            window = self.window(corners(size) @ pose[:3, :3].T + pose[:3, 3])
            if window is None:
                continue
            ways = self.ways[window]
            t, normal = cast(size, pose, self.eye, ways.reshape(-1, 3))
            t = t.reshape(ways.shape[:2])
            seen = t < far[window]
            if not seen.any():
                continue
            light = 0.45 + 0.6 * np.maximum(0, normal @ self.light).reshape(t.shape)
            far[window][seen] = t[seen]
            labels[window][seen] = label
            colour[window][seen] = (light[..., None] * np.asarray(rgb, dtype=np.float32))[seen]
        return self.finish(colour), self.enlarge(labels)

    def enlarge(self, picture):
        return np.repeat(np.repeat(picture, self.shrink, axis=0), self.shrink, axis=1)

    def finish(self, colour):
        # half a pixel of blur, as a lens has it
        soft = colour.copy()
        soft[1:] += colour[:-1]
        soft[:, 1:] += colour[:, :-1]
        soft[1:, 1:] += colour[:-1, :-1]
        weight = np.full(colour.shape[:2], 4.0, dtype=np.float32)
        weight[0], weight[:, 0] = 2.0, 2.0
        weight[0, 0] = 1.0
        return (0.5 * soft / weight[..., None] + 0.5 * colour).astype(np.int16)

    def noisy(self, picture):
        """A picture of full size with fresh noise, rgb8. Noise as coarse as the rays, for speed."""
        noise = self.noises[self.random.integers(NOISES)]
        flip = -1 if self.random.random() < 0.5 else 1
        return self.enlarge(np.clip(picture + flip * noise, 0, 255).astype(np.uint8))


def write_png(path, picture):
    """(h, w) or (h, w, 3) of uint8."""
    height, width = picture.shape[:2]

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = np.zeros((height, 1 + picture[0].size), dtype=np.uint8)
    rows[:, 1:] = picture.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if picture.ndim == 3 else 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
        file.write(chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b""))
