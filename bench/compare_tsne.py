#!/usr/bin/env python3
"""t-SNE, ours beside scikit-learn's Barnes-Hut, side by side on the same CLIP-like vectors.

  bench/compare_tsne.py build/release/bin/clipcluster [--rows 20000] [--columns 512] [--iterations 1000]

Times `clipcluster tsne` (a whole process, reading and writing .npy included) and scikit-learn's
TSNE(init='pca', learning_rate='auto', angle 0.5) on all cores, and judges both layouts with one measure:
the Kullback-Leibler divergence from scikit-learn's own joint probabilities, the sum over all pairs
exact. Needs Debian's python3-sklearn. With --layout FILE.npy scikit-learn's layout is read instead of
made (and its time is not known).
"""
import argparse
import subprocess
import tempfile
import time
import warnings

import numpy as np
from compare_fit import clip_like
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities_nn
from sklearn.neighbors import NearestNeighbors

warnings.filterwarnings("ignore")


def joint_probabilities(points, perplexity):
    neighbors = NearestNeighbors(n_neighbors=int(3 * perplexity + 1), n_jobs=-1).fit(points)
    distances = neighbors.kneighbors_graph(mode="distance")
    distances.data **= 2
    return _joint_probabilities_nn(distances, perplexity, 0).tocoo()


def divergence(joint, layout):
    layout = layout.astype(np.float64)
    squares = (layout**2).sum(1)
    total = 0.0
    for first in range(0, len(layout), 1000):
        part = layout[first:first + 1000]
        distance = squares[first:first + 1000, None] + squares[None] - 2 * part @ layout.T
        total += (1 / (1 + np.maximum(distance, 0))).sum()
    total -= len(layout)
    distance = ((layout[joint.row] - layout[joint.col])**2).sum(1)
    share = joint.data > 0
    p = joint.data[share]
    return float((p * np.log(p * total * (1 + distance[share]))).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--columns", type=int, default=512)
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--layout", default="")
    arguments = parser.parse_args()
    points = clip_like(arguments.rows)[0][:, :arguments.columns].copy()
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", points)
        start = time.perf_counter()
        subprocess.run([arguments.program, "tsne", f"{folder}/x.npy", "-o", f"{folder}/y.npy", "--n-iter",
                        str(arguments.iterations), "-q"], check=True)
        ours_time = time.perf_counter() - start
        ours = np.load(f"{folder}/y.npy")
    if arguments.layout:
        theirs, theirs_time = np.load(arguments.layout), float("nan")
    else:
        start = time.perf_counter()
        theirs = TSNE(init="pca", learning_rate="auto", random_state=0, n_jobs=-1,
                      n_iter=arguments.iterations).fit_transform(points)
        theirs_time = time.perf_counter() - start
    joint = joint_probabilities(points, 30)
    print("| rows | iterations | clipcluster | KL | scikit-learn | KL | ratio of times |\n"
          "|---|---|---|---|---|---|---|")
    print(f"| {arguments.rows} x {arguments.columns} | {arguments.iterations} | {ours_time:.1f} s | "
          f"{divergence(joint, ours):.4f} | {theirs_time:.1f} s | {divergence(joint, theirs):.4f} | "
          f"{theirs_time / ours_time:.1f} |")


if __name__ == "__main__":
    main()
