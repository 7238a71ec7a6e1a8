#!/usr/bin/env python3
"""How well layouts keep neighbourhoods and clusters: ours beside umap-learn on the same points.

  bench/quality_umap.py build/release/bin/clipcluster SET... [--seeds 5] [--components 5] [--neighbors 15]

A SET is NAME:POINTS.npy:LABELS.npy:METRIC, or NAME:FOLDER::cosine for a folder with one sub-folder of
images per class (embedded by `clipcluster embed`, built-in model). Prints mean and standard deviation
over the seeds of trustworthiness (k = 15, scikit-learn) and of the adjusted Rand index with the labels
of `clipcluster hdbscan` on the layout, noise counted as one more cluster, as Markdown; and whether ours
is at least umap-learn's mean minus one standard deviation. Needs Debian's umap-learn and python3-sklearn.
"""
import argparse
import math
import os
import subprocess
import tempfile
import warnings

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score

warnings.filterwarnings("ignore")


def run(*command):
    subprocess.run([str(c) for c in command], check=True)


def read_set(program, text, folder):
    name, points, labels, metric = text.split(":")
    if labels:
        return name, points, np.load(labels), metric
    run(program, "embed", points, "-o", f"{folder}/e.npy", "--list", f"{folder}/files.txt", "--skipped",
        f"{folder}/skipped.jsonl", "-q")
    classes = [os.path.basename(os.path.dirname(line.rstrip("\n"))) for line in open(f"{folder}/files.txt")]
    return name, f"{folder}/e.npy", classes, metric


def ours(program, points, metric, arguments, seed, folder):
    run(program, "umap", points, "-o", f"{folder}/y.npy", "--n-neighbors", arguments.neighbors, "--n-components",
        arguments.components, "--min-dist", 0, "--metric", metric, "--seed", seed, "-q")
    return np.load(f"{folder}/y.npy")


def umap_learn(_, points, metric, arguments, seed, __):
    import umap
    return umap.UMAP(n_neighbors=arguments.neighbors, n_components=arguments.components, min_dist=0.0, metric=metric,
                     random_state=seed).fit_transform(np.load(points))


def rand_index(program, layout, classes, min_samples, folder):
    min_cluster_size = max(5, round(math.sqrt(len(classes)) / 2))
    np.save(f"{folder}/layout.npy", layout)
    run(program, "hdbscan", f"{folder}/layout.npy", "--labels", f"{folder}/l.npy", "--probabilities", f"{folder}/p.npy",
        "--min-cluster-size", min_cluster_size, "--min-samples", min_samples or min_cluster_size, "-q")
    return adjusted_rand_score(classes, np.load(f"{folder}/l.npy"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--components", type=int, default=5)
    parser.add_argument("--neighbors", type=int, default=15)
    arguments = parser.parse_args()
    print("| set | layout | trustworthiness | ARI, min_samples 5 | ARI, min_samples = min_cluster_size |\n"
          "|---|---|---|---|---|")
    for text in arguments.sets:
        with tempfile.TemporaryDirectory() as folder:
            name, points, classes, metric = read_set(arguments.program, text, folder)
            original = np.load(points)
            figures = {}
            for layout, make in [("umap-learn", umap_learn), ("clipcluster", ours)]:
                layouts = [make(arguments.program, points, metric, arguments, s, folder) for s in range(arguments.seeds)]
                figures[layout] = np.array([[trustworthiness(original, y, n_neighbors=15, metric=metric)] +
                                            [rand_index(arguments.program, y, classes, m, folder) for m in (5, None)]
                                            for y in layouts])
                cells = [f"{m:.5f} ± {s:.5f}" for m, s in zip(figures[layout].mean(0), figures[layout].std(0))]
                print(f"| {name} ({len(original)}) | {layout} | {' | '.join(cells)} |", flush=True)
            rival = figures["umap-learn"]
            enough = figures["clipcluster"].mean(0) >= rival.mean(0) - rival.std(0)
            print(f"| | at least mean - sd | {' | '.join('yes' if e else 'no' for e in enough)} |", flush=True)


if __name__ == "__main__":
    main()
