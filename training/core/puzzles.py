"""Sudoku 4×4 and 6×6 and mazes 9×9 with one solution each, in splits that share no puzzle up to symmetry.

Two puzzles count as the same when one becomes the other by a symmetry of the game: for Sudoku any relabelling of the
digits, any order of the bands, of the rows in a band, of the stacks and of the columns in a stack (and for 4×4 the
transposition); for mazes the eight turns and mirrors, and exchanging start and goal. A puzzle goes to a split by a
hash of its canonical form, so no test puzzle is a transformed training puzzle.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SPLITS = {"test": 0.2, "val": 0.05, "train": 0.75}
WALL, OPEN, START, GOAL = range(4)
WAYS = ((-1, 0), (1, 0), (0, -1), (0, 1))


@dataclass(frozen=True)
class Game:
    name: str
    side: int
    box: tuple[int, int]  # rows and columns of a box; (0, 0) where there are none
    classes: int  # answers per cell
    symbols: int  # what a cell of the puzzle can show, beside "blank" for Sudoku

    @property
    def cells(self) -> int:
        return self.side * self.side

    @property
    def thought_of(self) -> int:
        """Cells that are tokens. Of a maze those that can be walked: rooms, and passages between them, one less."""
        return self.cells if self.box[0] else 2 * ((self.side + 1) // 2) ** 2 - 1

    @property
    def context(self) -> int:
        """Features of a token: symbol, row, column, box or ways out, and whether it is that of the whole puzzle."""
        return self.symbols + 2 * self.side + (self.side if self.box[0] else len(WAYS)) + 1


GAMES = {
    "sudoku4": Game("sudoku4", 4, (2, 2), 4, 4),
    "sudoku6": Game("sudoku6", 6, (2, 3), 6, 6),
    "maze9": Game("maze9", 9, (0, 0), 2, 4),
}


def split_of(canonical: bytes) -> str:
    share = int.from_bytes(hashlib.sha256(canonical).digest()[:8], "big") / 2 ** 64
    for name, width in SPLITS.items():
        if share < width:
            return name
        share -= width
    return "train"


def orders(side: int, group: int) -> np.ndarray:
    """Every order of `side` rows that keeps groups of `group` together."""
    inner = list(itertools.permutations(range(group)))
    bands = side // group
    out = []
    for outer in itertools.permutations(range(bands)):
        for picks in itertools.product(inner, repeat=bands):
            out.append([outer[b] * group + i for b in range(bands) for i in picks[b]])
    return np.array(out)


def symmetries(game: Game) -> np.ndarray:
    """Cell permutations [S, cells]: symmetric puzzle = puzzle[permutation]."""
    n, cells = game.side, np.arange(game.cells).reshape(game.side, game.side)
    if not game.box[0]:
        turned = [np.rot90(cells, k) for k in range(4)]
        return np.array([t.ravel() for t in turned] + [t.T.ravel() for t in turned])
    rows, columns = orders(n, game.box[0]), orders(n, game.box[1])
    found = (rows[:, None, :, None] * n + columns[None, :, None, :]).reshape(-1, n * n)
    if game.box[0] == game.box[1]:
        found = np.concatenate([found, found[:, cells.T.ravel()]])
    return found


def canonical(game: Game, puzzle: np.ndarray, moves: np.ndarray) -> bytes:
    """The smallest of all symmetric puzzles; digits (1..n, 0 blank) renamed in the order in which they appear."""
    seen = puzzle[moves].astype(np.int16)
    if game.box[0]:
        where = np.stack([np.where((seen == d).any(1), (seen == d).argmax(1), 99) for d in range(1, game.symbols + 1)], 1)
        rank = where.argsort(1, kind="stable").argsort(1, kind="stable") + 1
        table = np.concatenate([np.zeros((len(seen), 1), np.int64), rank], 1)
        seen = np.take_along_axis(table, seen.astype(np.int64), 1)
    else:
        swap = np.array([WALL, OPEN, GOAL, START])
        seen = np.concatenate([seen, swap[seen]])
    seen = seen.astype(np.uint8)
    return min(row.tobytes() for row in seen)


class Solver:
    """Counts solutions of a Sudoku by depth-first search over bit masks, the cell with the fewest candidates first."""

    def __init__(self, game: Game) -> None:
        n, (height, width) = game.side, game.box
        self.n, self.full = n, (1 << n) - 1
        self.units = [(r, c, (r // height) * (n // width) + c // width) for r in range(n) for c in range(n)]

    def solve(self, puzzle, limit: int, rng=None) -> list[list[int]]:
        rows, columns, boxes = [self.full] * self.n, [self.full] * self.n, [self.full] * self.n
        cells, found = list(puzzle), []
        for i, digit in enumerate(cells):
            if digit:
                r, c, b = self.units[i]
                for unit, at in ((rows, r), (columns, c), (boxes, b)):
                    unit[at] &= ~(1 << (digit - 1))
        units, count = self.units, int.bit_count if hasattr(int, "bit_count") else lambda v: bin(v).count("1")

        def search() -> None:
            best, best_mask, least = -1, 0, 99
            for i, digit in enumerate(cells):
                if not digit:
                    r, c, b = units[i]
                    mask = rows[r] & columns[c] & boxes[b]
                    k = count(mask)
                    if k < least:
                        best, best_mask, least = i, mask, k
                        if k <= 1:
                            break
            if best < 0:
                found.append(list(cells))
                return
            r, c, b = units[best]
            digits = [d for d in range(self.n) if best_mask >> d & 1]
            if rng is not None:
                rng.shuffle(digits)
            for d in digits:
                bit = 1 << d
                cells[best] = d + 1
                rows[r] &= ~bit
                columns[c] &= ~bit
                boxes[b] &= ~bit
                search()
                rows[r] |= bit
                columns[c] |= bit
                boxes[b] |= bit
                cells[best] = 0
                if len(found) >= limit:
                    return

        search()
        return found


def sudoku(game: Game, solver: Solver, rng) -> tuple[np.ndarray, np.ndarray]:
    """A puzzle from which no given can go, with up to a sixth of the cells given back; and its only solution."""
    start = [0] * game.cells
    for i, d in enumerate(rng.permutation(game.side)[: game.side]):
        start[i] = int(d) + 1
    solution = solver.solve(start, 1, rng)[0]
    puzzle = list(solution)
    for i in rng.permutation(game.cells):
        held, puzzle[i] = puzzle[i], 0
        if len(solver.solve(puzzle, 2)) > 1:
            puzzle[i] = held
    blank = [i for i in range(game.cells) if not puzzle[i]]
    for i in rng.choice(blank, int(rng.integers(0, game.cells // 6 + 1)), replace=False):
        puzzle[i] = solution[i]
    return np.array(puzzle, np.int8), np.array(solution, np.int8) - 1


def maze(game: Game, rng) -> tuple[np.ndarray, np.ndarray]:
    """A maze without loops; start and goal at least eight cells of path apart. Answer: 1 on the only path."""
    n = game.side
    grid = np.full((n, n), WALL, np.int8)
    first = tuple(int(v) * 2 for v in rng.integers(0, n // 2 + 1, 2))
    grid[first], parent, heap = OPEN, {first: None}, [first]
    depth = rng.random()  # between a depth-first maze of long corridors and one that branches everywhere
    while heap:
        at = len(heap) - 1 if rng.random() < depth else int(rng.integers(len(heap)))
        r, c = heap[at]
        ways = [(r + a, c + b) for a, b in ((2, 0), (-2, 0), (0, 2), (0, -2))
                if 0 <= r + a < n and 0 <= c + b < n and grid[r + a, c + b] == WALL]
        if not ways:
            heap.pop(at)
            continue
        to = ways[int(rng.integers(len(ways)))]
        between = ((r + to[0]) // 2, (c + to[1]) // 2)
        grid[to] = grid[between] = OPEN
        parent[between], parent[to] = (r, c), between
        heap.append(to)
    rooms = [k for k in parent if k[0] % 2 == 0 and k[1] % 2 == 0]
    while True:
        a, b = (rooms[int(i)] for i in rng.choice(len(rooms), 2, replace=False))
        path = route(parent, a, b)
        if len(path) >= 9:
            break
    answer = np.zeros((n, n), np.int8)
    for cell in path:
        answer[cell] = 1
    grid[a], grid[b] = START, GOAL
    return grid.ravel(), answer.ravel()


def route(parent: dict, a, b) -> list:
    """The cells between two cells of a tree, both included."""
    up = [a]
    while parent[up[-1]] is not None:
        up.append(parent[up[-1]])
    other, known = [b], set(up)
    while other[-1] not in known:
        other.append(parent[other[-1]])
    return up[: up.index(other[-1])] + other


def small_sudokus(game: Game, givens=(4, 8)) -> list[tuple[np.ndarray, np.ndarray]]:
    """Every 4×4 Sudoku with 4 to 8 givens and one solution, one per symmetry class of puzzles (with repeats)."""
    solutions = np.array(Solver(game).solve([0] * 16, 1000), np.int8)
    moves, reps = symmetries(game), {}
    for s in solutions:
        reps.setdefault(canonical(game, s, moves), s)
    masks = np.arange(1 << 16, dtype=np.uint32)
    weight = np.array([bin(m).count("1") for m in masks])
    masks = masks[(weight >= givens[0]) & (weight <= givens[1])]
    out = []
    for s in reps.values():
        unique = np.ones(len(masks), bool)
        for other in solutions:
            differs = int(((s != other).astype(np.uint32) << np.arange(16, dtype=np.uint32)).sum())
            if differs:
                unique &= (masks & differs) != 0
        for m in masks[unique]:
            shown = (int(m) >> np.arange(16)) & 1
            out.append(((s * shown).astype(np.int8), (s - 1).astype(np.int8)))
    return out


def make(game: Game, count: int, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Puzzles and answers per split, each puzzle once up to symmetry; `count` in all (4×4: all there are)."""
    rng, moves, solver = np.random.default_rng(seed), symmetries(game), Solver(game) if game.box[0] else None
    held: dict[str, list] = {name: [] for name in SPLITS}
    known: set[bytes] = set()
    source = iter(small_sudokus(game)) if game.name == "sudoku4" else None
    while len(known) < count:
        if source is not None:
            pair = next(source, None)
            if pair is None:
                break
        else:
            pair = sudoku(game, solver, rng) if solver else maze(game, rng)
        key = canonical(game, pair[0], moves)
        if key not in known:
            known.add(key)
            held[split_of(key)].append(pair)
    return {name: (np.stack([p for p, _ in pairs]), np.stack([a for _, a in pairs])) for name, pairs in held.items()}


def load(game: Game, folder: Path, count: int, seed: int = 3) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The splits from a file, made first where there is none."""
    path = folder / f"{game.name}-{count}-{seed}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = make(game, count, seed)
        np.savez_compressed(path, **{f"{s}_{k}": v for s, pair in made.items() for k, v in zip(("puzzle", "answer"), pair)})
    with np.load(path) as file:
        return {s: (file[f"{s}_puzzle"], file[f"{s}_answer"]) for s in SPLITS}


def transform(game: Game, puzzles: np.ndarray, answers: np.ndarray, moves: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """Another random member of each puzzle's symmetry class."""
    pick = moves[rng.integers(len(moves), size=len(puzzles))]
    puzzles, answers = np.take_along_axis(puzzles, pick, 1), np.take_along_axis(answers, pick, 1)
    if game.box[0]:
        names = np.argsort(rng.random((len(puzzles), game.symbols)), axis=1)
        answers = np.take_along_axis(names, answers.astype(np.int64), 1)
        table = np.concatenate([np.zeros((len(puzzles), 1), np.int64), names + 1], 1)
        return np.take_along_axis(table, puzzles.astype(np.int64), 1).astype(np.int8), answers.astype(np.int8)
    swap = rng.random(len(puzzles)) < 0.5
    other = np.array([WALL, OPEN, GOAL, START], np.int8)
    return np.where(swap[:, None], other[puzzles], puzzles), answers


def encode(game: Game, puzzles: np.ndarray) -> np.ndarray:
    """Context [B, 1 + cells thought of, features] as the core takes it; token 0 stands for the whole puzzle."""
    n = game.side
    symbol = np.eye(game.symbols + 1, dtype=np.float32)[puzzles][..., 1:] if game.box[0] else np.eye(game.symbols, dtype=np.float32)[puzzles]
    r, c = np.divmod(np.arange(game.cells), n)
    fixed = [np.eye(n, dtype=np.float32)[r], np.eye(n, dtype=np.float32)[c]]
    if game.box[0]:
        fixed.append(np.eye(n, dtype=np.float32)[(r // game.box[0]) * (n // game.box[1]) + c // game.box[1]])
    place = np.concatenate(fixed, 1)
    seen = [symbol, np.broadcast_to(place, (len(puzzles), *place.shape))]
    if not game.box[0]:
        seen.append(ways_out(game, puzzles))
    out = np.zeros((len(puzzles), 1 + game.thought_of, game.context), np.float32)
    out[:, 1:, :-1] = np.take_along_axis(np.concatenate(seen, 2), tokens(game, puzzles)[:, :, None], 1)
    out[:, 0, -1] = 1
    return out


def tokens(game: Game, puzzles: np.ndarray) -> np.ndarray:
    """The cells that the tokens after the first stand for [B, cells thought of]: all, or what is no wall."""
    if game.box[0]:
        return np.broadcast_to(np.arange(game.cells), puzzles.shape)
    return np.nonzero(puzzles != WALL)[1].reshape(len(puzzles), game.thought_of)


def asked(game: Game, puzzles: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """The answers of the tokens after the first. A wall is on no path, so with them the whole puzzle is answered."""
    return np.take_along_axis(answers, tokens(game, puzzles), 1).astype(np.int64)


def ways_out(game: Game, puzzles: np.ndarray) -> np.ndarray:
    """Whether one can walk up, down, left and right from each cell [B, cells, 4]."""
    free = np.pad(puzzles.reshape(-1, game.side, game.side) != WALL, ((0, 0), (1, 1), (1, 1)))
    at = [free[:, 1 + a:game.side + 1 + a, 1 + b:game.side + 1 + b] for a, b in WAYS]
    return np.stack(at, -1).reshape(len(puzzles), game.cells, len(WAYS)).astype(np.float32)


def way_through(game: Game, puzzle: np.ndarray) -> np.ndarray:
    """What is left of a maze when dead ends are filled until there are none: its only path, where it has one."""
    grid = puzzle.reshape(game.side, game.side)
    free, ends = grid != WALL, (grid == START) | (grid == GOAL)
    for _ in range(game.cells):
        around = np.pad(free, 1).astype(int)
        beside = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
        dead = free & ~ends & (beside <= 1)
        if not dead.any():
            break
        free = free & ~dead
    return free.ravel()


def check_mazes(count: int) -> dict:
    """Whether mazes are what training takes them for. Raises where one is not."""
    game = GAMES["maze9"]
    moves, made_up = symmetries(game), make(game, count, 5)
    keys = {name: {canonical(game, p, moves) for p in puzzles} for name, (puzzles, _) in made_up.items()}
    if any(keys[a] & keys[b] for a, b in itertools.combinations(keys, 2)):
        raise SystemExit("two splits share a maze")
    rng = np.random.default_rng(6)
    for puzzles, answers in made_up.values():
        puzzles, answers = transform(game, puzzles, answers, moves, rng)
        for puzzle, answer, seen in zip(puzzles, answers, encode(game, puzzles)):
            if not np.array_equal(way_through(game, puzzle), answer == 1):
                raise SystemExit(f"not the only path: {puzzle.tolist()}")
            # Every passage is seen from both of its ends.
            if seen[1:, -1 - len(WAYS):-1].sum() != 2 * (game.thought_of - 1):
                raise SystemExit(f"ways out do not fit: {puzzle.tolist()}")
        if asked(game, puzzles, answers).sum() != answers.sum():
            raise SystemExit("a path leads through a wall")
    return {"mazes": count, **{name: len(found) for name, found in keys.items()}}


if __name__ == "__main__":
    print(json.dumps(check_mazes(300)))
