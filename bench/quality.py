#!/usr/bin/env python3
"""Clusters of labelled image folders: ours beside umap-learn + HDBSCAN on the same embeddings.

  bench/quality.py build/release/bin/clipcluster FOLDER... [--seeds 5]

Each FOLDER holds one sub-folder per class. Both sides get the same embeddings (clipcluster embed,
built-in model unless --model is given) and the same options; both layouts are clustered by
`clipcluster hdbscan`, which agrees with scikit-learn-contrib's hdbscan (tests/cluster), so that the
two sides differ in the layout alone. Prints mean and standard deviation over the seeds of ARI and
NMI (noise counted as one more cluster) and the share of noise, as Markdown. Needs Debian's
umap-learn and python3-sklearn.
"""
import argparse
import math
import os
import subprocess
import tempfile

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score


def run(*command):
    subprocess.run([str(c) for c in command], check=True)


def cluster(program, layout, folder, min_cluster_size, min_samples):
    np.save(f"{folder}/layout.npy", layout)
    run(program, "hdbscan", f"{folder}/layout.npy", "--labels", f"{folder}/l.npy", "--probabilities", f"{folder}/p.npy",
        "--min-cluster-size", min_cluster_size, "--min-samples", min_samples, "-q")
    return np.load(f"{folder}/l.npy")


def ours(program, embeddings, folder, seed):
    run(program, "umap", embeddings, "-o", f"{folder}/y.npy", "--n-neighbors", 15, "--n-components", 5, "--min-dist", 0,
        "--metric", "cosine", "--seed", seed, "-q")
    return np.load(f"{folder}/y.npy")


def umap_learn(program, embeddings, folder, seed):
    import umap
    return umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed).fit_transform(
        np.load(embeddings))


def print_row(data, layout, setting, classes, labels):
    rows = [[l.max() + 1, adjusted_rand_score(classes, l), normalized_mutual_info_score(classes, l), np.mean(l < 0)]
            for l in labels]
    mean, deviation = np.mean(rows, axis=0), np.std(rows, axis=0)
    print(f"| {data} | {layout} | {setting} | {mean[0]:.1f} | {mean[1]:.3f} ± {deviation[1]:.3f} | "
          f"{mean[2]:.3f} ± {deviation[2]:.3f} | {mean[3]:.1%} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--model")
    arguments = parser.parse_args()
    print("| set | layout | min_cluster_size, min_samples | clusters | ARI | NMI | noise |\n|---|---|---|---|---|---|---|")
    for data in arguments.folders:
        with tempfile.TemporaryDirectory() as folder:
            embeddings = f"{folder}/e.npy"
            model = ["--model", arguments.model] if arguments.model else []
            run(arguments.program, "embed", data, "-o", embeddings, "--list", f"{folder}/files.txt", "--skipped",
                f"{folder}/skipped.jsonl", "-q", *model)
            classes = [os.path.basename(os.path.dirname(line.rstrip("\n"))) for line in open(f"{folder}/files.txt")]
            # The default of `clipcluster run`; and a usual size with hdbscan's own default of min_samples.
            fine = max(5, round(math.sqrt(len(classes)) / 4))
            coarse = max(5, round(math.sqrt(len(classes)) / 2))
            for name, layout in [("clipcluster", ours), ("umap-learn", umap_learn)]:
                layouts = [layout(arguments.program, embeddings, folder, seed) for seed in range(arguments.seeds)]
                for size, samples in [(fine, 1), (coarse, coarse)]:
                    labels = [cluster(arguments.program, y, folder, size, samples) for y in layouts]
                    print_row(f"{os.path.basename(os.path.normpath(data))} ({len(classes)})", name, f"{size}, {samples}",
                              classes, labels)


if __name__ == "__main__":
    main()
