#!/usr/bin/env python3
"""What `clipcluster tune` chooses without labels, beside the best of all that it tried.

  bench/tuning.py build/release SHARED_DATA [--budget 60] [--only photos,social,mnist,fcps,sipu,wut]

The build needs CLIPCLUSTER_BUILD_BENCHMARKS=ON. Prints Markdown: for each set the adjusted Rand index (noise
counted as one more cluster) of the best candidate, known only with labels, of the chosen one and of the defaults,
and the share of the best that each reaches; then means. Needs Debian's python3-sklearn.
"""
import argparse
import json
import os
import tempfile

import numpy as np
from sklearn.metrics import adjusted_rand_score

from quality_table import images, mnist, ours, point_sets, run


def sets_of(name, program, data, scratch, largest):
    if name in ("photos", "social"):
        return [images(program, name, f"{data}/{name}", scratch)]
    if name == "mnist":
        return [mnist(f"{data}/numeric/mnist")]
    return [one for one in point_sets(f"{data}/numeric/gagolews/{name}", largest) if one.whole <= largest]


def candidates(grid, data, seed, budget, scratch):
    np.save(f"{scratch}/points.npy", data.points)
    np.save(f"{scratch}/classes.npy", np.asarray(data.classes[0], np.int32))
    lines = run(grid, f"{scratch}/points.npy", f"{scratch}/classes.npy", data.metric, seed, budget)
    return [json.loads(line) for line in lines.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("data")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--largest", type=int, default=10000)
    parser.add_argument("--only", default="photos,social,mnist,fcps,sipu,wut")
    arguments = parser.parse_args()
    program = f"{arguments.build}/bin/clipcluster"
    grid = f"{arguments.build}/bench/tuning_grid"
    groups = {}
    print("| set | points | classes | tried apart | best ARI (clusters) | chosen (clusters) | defaults | chosen / best | "
          "defaults / best |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        defaults = ours(program, scratch, "defaults", 0)
        for name in arguments.only.split(","):
            for data in sets_of(name, program, arguments.data, scratch, arguments.largest):
                tried = candidates(grid, data, arguments.seed, arguments.budget, scratch)
                best = max(tried, key=lambda one: one["ari"])
                usual = adjusted_rand_score(data.classes[0], defaults(data, arguments.seed)[0])
                row = [best["ari"], tried[0]["ari"], usual]
                groups.setdefault(name, []).append(row)
                shares = [value / best["ari"] for value in row[1:]]
                print(f"| {data.name} | {len(data.points)} | {len(np.unique(data.classes[0]))} | "
                      f"{len(tried)} | {row[0]:.3f} ({best['clusters']}) | {row[1]:.3f} ({tried[0]['clusters']}) | "
                      f"{row[2]:.3f} | {shares[0]:.2f} | {shares[1]:.2f} |", flush=True)
    print("\n| group | sets | best ARI | chosen | defaults | mean of chosen / best | mean of defaults / best |\n"
          "|---|---|---|---|---|---|---|")
    rows = {**groups, "all": [row for group in groups.values() for row in group]}
    for name, group in rows.items():
        values = np.array(group)
        shares = values[:, 1:] / values[:, :1]
        print(f"| {name} | {len(group)} | " + " | ".join(f"{v:.3f}" for v in values.mean(0)) + " | " +
              " | ".join(f"{v:.2f}" for v in shares.mean(0)) + " |")


if __name__ == "__main__":
    main()
