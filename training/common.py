"""What the trainings share: bf16, the optimiser, rates, one update, the running average, checkpoints, reports, and what
a small run must show. Scripts in the folders below take it from the folder above theirs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Callable, Iterable

import numpy as np
import torch
from torch import nn


def bf16(enabled: bool) -> torch.autocast:
    """Autocast of a block of its own. It keeps the bf16 copies of the weights that it made until the block ends, and
    those made without gradient have none: what runs without gradient needs another block than what learns."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled)


def adamw(learned: Iterable[nn.Parameter], lr: float, decay: float, betas: tuple[float, float] = (0.9, 0.999)) -> torch.optim.AdamW:
    """Decays weights, but neither biases nor gains."""
    learned = list(learned)
    return torch.optim.AdamW([{"params": [p for p in learned if p.ndim > 1], "weight_decay": decay},
                              {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0}], lr=lr, betas=betas)


def cosine(step: int, total: int, peak: float) -> float:
    """Warm-up over 200 steps or a tenth, then half a cosine down to a fiftieth."""
    warm = min(200, total // 10 + 1)
    return peak * min(1.0, (step + 1) / warm) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / total)))


def plateau(step: int, total: int, peak: float) -> float:
    """Warm-up over 200 steps, constant, and linear to a fiftieth over the last quarter."""
    return peak * min(1.0, (step + 1) / 200) * min(1.0, max(0.02, (total - step) / (0.25 * total)))


def update(model: nn.Module, optimiser: torch.optim.Optimizer, loss: torch.Tensor, lr: float, clip: float) -> None:
    """One step of the optimiser with gradients of at most `clip` in all."""
    for group in optimiser.param_groups:
        group["lr"] = lr
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimiser.step()


def follow(average: nn.Module, model: nn.Module, step: int, keep: float = 0.997) -> None:
    """Running average of weights and statistics; shorter memory at the start."""
    keep = min(keep, (1 + step) / (20 + step))
    with torch.no_grad():
        for a, b in zip(average.state_dict().values(), model.state_dict().values()):
            a.copy_(a * keep + b * (1 - keep) if a.dtype.is_floating_point else b)


def save(path: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer, step: int, **more) -> None:
    """A checkpoint, whole or not at all; `more` is what stands in it besides."""
    part = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "step": step} | more, part)
    part.replace(path)


def resume(path: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer, fresh: bool) -> int:
    """Takes what a checkpoint holds; the number of steps done, 0 where there is none or it is not wanted."""
    if fresh or not path.exists():
        return 0
    held = torch.load(path, map_location="cpu")
    model.load_state_dict(held["model"])
    average.load_state_dict(held["average"])
    optimiser.load_state_dict(held["optimiser"])
    return held["step"]


def report(args, done: int, line: Callable[[], dict], validate: Callable[[], dict], keep: Callable[[], None]) -> None:
    """Prints `line` every `args.report` steps and at the end; every fifth time with `validate`, and keeps a checkpoint."""
    if done % args.report and done != args.steps:
        return
    out = {"step": done} | line()
    if done % (args.report * 5) == 0 or done == args.steps:
        out |= validate()
        keep()
    print(json.dumps(out), flush=True)


def reach(model: nn.Module, loss: torch.Tensor, excused: tuple[str, ...] = ()) -> None:
    """Fails where the gradient of `loss` does not reach a weight whose name starts with none of `excused`."""
    loss.backward()
    left = [name for name, p in model.named_parameters() if p.grad is None and not name.startswith(excused)]
    if left:
        raise SystemExit(f"no gradient reaches {left}")


def learns(args, train: Callable[[], list[float]], steps: int, more: int, share: float, window: int) -> dict:
    """A small run: fails where the loss does not fall under `share` of what it was, or resuming goes not on for `more`."""
    args.steps, args.fresh = steps, True
    course = train()
    args.steps, args.fresh = steps + more, False
    if (ran := len(train())) != more:
        raise SystemExit(f"resuming ran {ran} batches, not {more}")
    first, last = float(np.mean(course[:window])), float(np.mean(course[-window:]))
    if not last < share * first:
        raise SystemExit(f"the loss did not fall: {first:.3f} to {last:.3f}")
    return {"smoke": "passed", "loss_first": round(first, 3), "loss_last": round(last, 3)}
