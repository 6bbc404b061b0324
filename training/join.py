"""Joins models of one modality each into one of several: a manifest over the same files, loaded by one host.

`join.py --id tabletop-omni vision-refiner language-refiner` writes models/tabletop-omni.json. Run it again after one of
them was exported anew. numpy and torch are not needed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def join(name: str, parts: list[dict]) -> dict:
    """One manifest with the graphs of all; no graph and no modality may be in two of them."""
    graphs, modalities, files = {}, {}, []
    for part in parts:
        twice = sorted((set(graphs) & set(part["graphs"])) | (set(modalities) & set(part["modalities"])))
        if twice:
            raise SystemExit(f"{part['id']}: {', '.join(twice)} is in another of them, too")
        graphs |= part["graphs"]
        modalities |= part["modalities"]
        files += part["files"]
    return {
        "id": name, "version": "+".join(part["version"] for part in parts), "task": "perception", "status": "released",
        "description": f"{' and '.join(part['id'] for part in parts)} in one host: one model for several modalities.",
        "licence": parts[0]["licence"], "capabilities": sorted({c for part in parts for c in part["capabilities"]}),
        "modalities": modalities, "opset": max(part["opset"] for part in parts), "files": files, "graphs": graphs,
        "operators": sorted({o for part in parts for o in part["operators"]}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", help="ids of the models")
    parser.add_argument("--id", required=True)
    parser.add_argument("--folder", type=Path, default=Path("models"))
    args = parser.parse_args()
    parts = [json.loads((args.folder / f"{part}.json").read_text()) for part in args.parts]
    if len({part["licence"] for part in parts}) > 1:
        raise SystemExit("they have different licences")
    text = json.dumps(join(args.id, parts), indent=2, ensure_ascii=False)
    (args.folder / f"{args.id}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
