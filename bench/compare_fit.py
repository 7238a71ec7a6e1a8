#!/usr/bin/env python3
"""Time of the fit, ours beside umap-learn, side by side on the same CLIP-like vectors.

  bench/compare_fit.py build/release/bin/clipcluster [--rows 20000] [--neighbors 15]

Makes rows x 512 float32 unit vectors: 200 clusters of uneven size on a 64-dimensional latent space,
mixed into 512 dimensions with noise. Times `clipcluster knn`, `umap` and `hdbscan` (whole processes,
reading and writing .npy included) and umap-learn's fit_transform (a warm-up on other data first, so
that its compiler's time is not counted; not seeded, so that it may use all cores), and prints the
share of neighbours and the adjusted Rand index of HDBSCAN's labels with the 200 clusters for both.
Needs Debian's umap-learn and python3-sklearn.
"""
import argparse
import subprocess
import tempfile
import time
import warnings

import numpy as np
from sklearn.metrics import adjusted_rand_score

warnings.filterwarnings("ignore")


def clip_like(rows, seed=0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(200, 64))
    shares = random.dirichlet(np.full(200, 2.0))
    classes = random.choice(200, size=rows, p=shares)
    latent = centres[classes] + 0.55 * random.normal(size=(rows, 64)) * random.uniform(0.6, 1.4, size=(rows, 1))
    mix = random.normal(size=(64, 512)) / 8
    vectors = (latent @ mix + 0.05 * random.normal(size=(rows, 512))).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), classes


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--neighbors", type=int, default=15)
    arguments = parser.parse_args()
    vectors, classes = clip_like(arguments.rows)
    min_cluster_size = max(5, round(arguments.rows**0.5 / 2))
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", vectors)

        def run(*command):
            subprocess.run([arguments.program, *[str(c) for c in command], "-q"], check=True)

        def hdbscan(layout):
            run("hdbscan", layout, "--labels", f"{folder}/l.npy", "--probabilities", f"{folder}/p.npy",
                "--min-cluster-size", min_cluster_size, "--min-samples", 10)
            return np.load(f"{folder}/l.npy")

        _, knn_time = timed(lambda: run("knn", f"{folder}/x.npy", "--k", arguments.neighbors, "--metric", "cosine",
                                        "--indices", f"{folder}/i.npy", "--distances", f"{folder}/d.npy"))
        _, umap_time = timed(lambda: run("umap", f"{folder}/x.npy", "-o", f"{folder}/y.npy", "--n-neighbors",
                                         arguments.neighbors, "--n-components", 5, "--min-dist", 0, "--metric",
                                         "cosine"))
        ours, hdbscan_time = timed(lambda: hdbscan(f"{folder}/y.npy"))

        import umap

        def umap_learn(data):
            return umap.UMAP(n_neighbors=arguments.neighbors, n_components=5, min_dist=0.0,
                             metric="cosine").fit_transform(data)

        umap_learn(clip_like(5000, seed=1)[0])
        layout, rival_time = timed(lambda: umap_learn(vectors))
        np.save(f"{folder}/rival.npy", layout)
        theirs = hdbscan(f"{folder}/rival.npy")

    print(f"| rows | n_neighbors | knn alone | umap | hdbscan | umap-learn | ratio umap-learn / umap | "
          f"ARI ours | ARI umap-learn |\n|---|---|---|---|---|---|---|---|---|")
    print(f"| {arguments.rows:,} | {arguments.neighbors} | {knn_time:.1f} s | {umap_time:.1f} s | {hdbscan_time:.1f} s | "
          f"{rival_time:.1f} s | {rival_time / umap_time:.1f} | {adjusted_rand_score(classes, ours):.3f} | "
          f"{adjusted_rand_score(classes, theirs):.3f} |")


if __name__ == "__main__":
    main()
