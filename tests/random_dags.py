"""Random networks of any shape, for layouts: chains, forks, joins, skips, several ends, many resolutions."""

from __future__ import annotations

import random
from typing import Any


def random_dag(seed: int, most: int = 40) -> dict[str, Any]:
    """A spec of up to `most` steps, and its skips."""
    rng = random.Random(seed)
    # of every value, its channels and its side
    made: dict[str, tuple[int, int]] = {f"in{i}": (4, 64) for i in range(rng.choice([1, 1, 1, 2]))}
    inputs = {name: ["N", 4, 64, 64] for name in made}
    layers: list[dict[str, Any]] = []
    skips: dict[str, Any] = {}
    read: set[str] = set()
    for i in range(rng.randint(2, most)):
        name, names = f"s{i}", list(made)
        near = names[-1] if rng.random() < 0.6 else rng.choice(names[-8:])
        channels, side = made[near]
        alike = [other for other in names if made[other] == made[near] and other != near]
        chance = rng.random()
        sources = [near]
        step: dict[str, Any] = {"name": name, "from": near}
        if chance < 0.2 and alike:
            sources += rng.sample(alike, min(len(alike), rng.randint(1, 3)))
            kind = rng.choice(["Concat", "Add", "Mul"])
            step["from"] = sources
            made[name] = (channels * len(sources), side) if kind == "Concat" else (channels, side)
        elif chance < 0.3 and side > 4:
            kind, made[name] = "MaxPool2d", (channels, side // 2)
            step["kernel_size"] = 2
        elif chance < 0.4 and side < 64:
            kind, made[name] = "Upsample", (channels, side * 2)
            step["scale_factor"] = 2
        else:
            kind, made[name] = "Conv2d", (rng.choice([4, 4, 8, 64]), side)
            step |= {"out_channels": made[name][0], "kernel_size": 1}
            for k in range(rng.choice([0, 0, 0, 1, 1, 2])):
                source = rng.choice([other for other in names if made[other][1] == side])
                merge = "add" if made[source] == made[near] and not skips.get(f"skip{i}_0") else "concat"
                skips[f"skip{i}_{k}"] = {"from": source, "to": name, "merge": merge}
                sources.append(source)
        layers.append({kind: step})
        read.update(sources)
    ends = [name for name in made if name not in read and name not in inputs]
    spec = {"skipgraph": 1, "name": f"dag{seed}", "inputs": inputs, "layers": layers, "outputs": ends}
    return spec | ({"skips": skips} if skips else {})
