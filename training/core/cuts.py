"""What each path of a trained planner carries: how well it agrees with its teacher when one of them is cut.

`cuts.py --checkpoint training/runs/core/plan.pt --data training/data/core` prints a line per path: the F1 of its
decisions after one and after two cycles, over whole validation episodes, and how many halt after the first cycle.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path

import torch

import plan
from model import Core, Size

RESULTS = slice(16, 26)  # features of src/hrm/core/context.ts that tell how refinements went: energy_left to done_since_salient


def silent(model: Core, *names: str) -> Core:
    """With these linear maps giving nothing."""
    for name in names:
        for weights in getattr(model, name).parameters():
            torch.nn.init.zeros_(weights)
    return model


def untold(model: Core) -> Core:
    """H makes its strategy, and L does not get it."""
    made: list[torch.Tensor] = []
    model.strategy.register_forward_hook(lambda _, __, plan_of_h: made.append(plan_of_h.float()))
    model.l_module.register_forward_pre_hook(lambda _, given: (given[0] - made.pop(), *given[1:]))
    return model


class Forgetful(torch.nn.Module):
    """Each cycle begins with states of zeros."""

    def __init__(self, model: Core) -> None:
        super().__init__()
        self.model, self.initial = model, model.initial

    def forward(self, h, l, *rest):
        return self.model(torch.zeros_like(h), torch.zeros_like(l), *rest)


def without_results(episodes: plan.Episodes) -> plan.Episodes:
    out = copy.copy(episodes)
    out.context = episodes.context.copy()
    out.context[:, :, 1:, RESULTS] = 0
    return out


def table(model: Core, episodes: plan.Episodes, args) -> dict[str, dict]:
    own = lambda: copy.deepcopy(model)
    return {
        "all of it": plan.validate(own(), episodes, args),
        "no bias by salience": plan.validate(silent(own(), "snarc"), episodes, args),
        "L is not told the strategy": plan.validate(untold(own()), episodes, args),
        "H and L exchange nothing after a cycle": plan.validate(silent(own(), "to_h", "to_l"), episodes, args),
        "states are not carried on": plan.validate(Forgetful(own()), episodes, args),
        "how refinements went is not told": plan.validate(own(), without_results(episodes), args),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/runs/core/plan.pt"))
    parser.add_argument("--data", type=Path, default=Path("training/data/core"))
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    held = torch.load(args.checkpoint, map_location="cpu")
    model = Core(Size(**held["size"]))
    model.load_state_dict(held["average"])
    for path, figures in table(model.eval(), plan.read(sorted(args.data.glob("validation-*.jsonl"))), args).items():
        print(json.dumps({"cut": path, **figures}), flush=True)


if __name__ == "__main__":
    main()
