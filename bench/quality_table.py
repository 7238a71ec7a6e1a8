#!/usr/bin/env python3
"""Quality on labelled data: our defaults, tuned and consensus beside what people use today.

  bench/quality_table.py build/release/bin/clipcluster SHARED_DATA [--seeds 3] [--runs 100] [--only photos,fcps]

SHARED_DATA holds photos/, social/ (a folder per class), numeric/mnist and numeric/gagolews. Prints Markdown:
adjusted Rand index, adjusted and normalised mutual information (noise counted as one more cluster), share of
noise, clusters, and stability: the mean ARI between the clusterings of two seeds. Means over the seeds; of the
collections of point sets (sets of at most --largest points) means over sets and seeds.

Beside ours: k-means and agglomerative clustering (Ward) of scikit-learn, both told the true number of classes,
which nobody knows in practice; and umap-learn + HDBSCAN at the settings of BERTopic (n_neighbors 15, 5
components, min_dist 0, min_cluster_size 10). `clipcluster hdbscan` stands in for hdbscan, with which it agrees
(tests/cluster). Needs Debian's umap-learn and python3-sklearn.
"""
import argparse
import glob
import gzip
import itertools
import json
import os
import subprocess
import tempfile
import time
import warnings

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

warnings.filterwarnings("ignore")


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


class Data:
    def __init__(self, name, points, classes, metric):
        self.name, self.points, self.classes, self.metric = name, points.astype(np.float32), classes, metric


def images(program, folder, scratch):
    run(program, "embed", folder, "-o", f"{scratch}/e.npy", "--list", f"{scratch}/files.txt", "--skipped",
        f"{scratch}/skipped.jsonl", "-q")
    names = [os.path.basename(os.path.dirname(line.rstrip("\n"))) for line in open(f"{scratch}/files.txt")]
    return np.load(f"{scratch}/e.npy"), np.unique(names, return_inverse=True)[1]


def mnist(folder):
    pixels = gzip.open(glob.glob(f"{folder}/*images*")[0]).read()
    labels = gzip.open(glob.glob(f"{folder}/*labels*")[0]).read()
    return np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 784) / 255.0, np.frombuffer(labels, np.uint8, offset=8)


def point_sets(folder, largest):
    for path in sorted(glob.glob(f"{folder}/*.data.gz")):
        labels = path[:-len(".data.gz")] + ".labels0.gz"
        if not os.path.exists(labels):
            continue
        points = np.loadtxt(path, ndmin=2)
        if len(points) <= largest:
            yield Data(os.path.basename(path), points / points.std(), np.loadtxt(labels).astype(int), "euclidean")


def labels_of(program, project, count):
    """Of every row, in order; copies of a row have its label."""
    lines = [json.loads(line) for line in run(program, "assign", project, "--embeddings", f"{project}.npy", "-q").splitlines()]
    assert len(lines) == count
    return np.array([line["cluster"] for line in lines])


class Ours:
    def __init__(self, program, scratch, runs, kind):
        self.program, self.scratch, self.runs, self.kind = program, scratch, runs, kind

    def __call__(self, data, seed):
        project = f"{self.scratch}/{self.kind}"
        np.save(f"{project}.npy", data.points)
        run("rm", "-rf", project)
        common = ["-o", project, "--metric", data.metric, "--seed", seed, "-q"]
        if self.kind == "consensus":
            common += ["--consensus", self.runs]
        run(self.program, "fit", "--embeddings", f"{project}.npy", *common)
        if self.kind == "tuned":
            run(self.program, "tune", project, "-q")
        return labels_of(self.program, project, len(data.points))


def umap_learn(program, scratch):
    def cluster(data, seed):
        import umap
        layout = umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric=data.metric,
                           random_state=seed).fit_transform(data.points)
        np.save(f"{scratch}/layout.npy", layout)
        run(program, "hdbscan", f"{scratch}/layout.npy", "--labels", f"{scratch}/l.npy", "--probabilities",
            f"{scratch}/p.npy", "--min-cluster-size", 10, "-q")
        return np.load(f"{scratch}/l.npy")
    return cluster


def directed(data):
    """Cosine, as both estimators understand it."""
    return data.points / np.linalg.norm(data.points, axis=1, keepdims=True) if data.metric == "cosine" else data.points


def k_means(data, seed):
    return KMeans(len(np.unique(data.classes)), n_init=10, random_state=seed).fit_predict(directed(data))


def ward(data, seed):
    return AgglomerativeClustering(len(np.unique(data.classes))).fit_predict(directed(data))


def scores(data, clusterings):
    rows = [[adjusted_rand_score(data.classes, l), adjusted_mutual_info_score(data.classes, l),
             normalized_mutual_info_score(data.classes, l), np.mean(l < 0), len(set(l[l >= 0]))] for l in clusterings]
    pairs = [adjusted_rand_score(a, b) for a, b in itertools.combinations(clusterings, 2)]
    return np.append(np.mean(rows, axis=0), np.mean(pairs) if pairs else 1.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--largest", type=int, default=3000)
    parser.add_argument("--only", default="photos,social,mnist,fcps,sipu,wut")
    parser.add_argument("--methods", default="defaults,tuned,consensus,umap,kmeans,ward")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        methods = {
            "defaults": ("clipcluster", Ours(arguments.program, scratch, arguments.runs, "defaults")),
            "tuned": ("clipcluster tune", Ours(arguments.program, scratch, arguments.runs, "tuned")),
            "consensus": (f"clipcluster --consensus {arguments.runs}",
                          Ours(arguments.program, scratch, arguments.runs, "consensus")),
            "umap": ("umap-learn + HDBSCAN", umap_learn(arguments.program, scratch)),
            "kmeans": ("k-means, true k", k_means),
            "ward": ("agglomerative (Ward), true k", ward),
        }
        print("| set | method | ARI | AMI | NMI | noise | clusters | stability | s a run |\n|---|---|---|---|---|---|---|---|---|")
        for name in arguments.only.split(","):
            if name in ("photos", "social"):
                sets = [Data(name, *images(arguments.program, f"{arguments.data}/{name}", scratch), "cosine")]
            elif name == "mnist":
                sets = [Data(name, *mnist(f"{arguments.data}/numeric/mnist"), "euclidean")]
            else:
                sets = list(point_sets(f"{arguments.data}/numeric/gagolews/{name}", arguments.largest))
            for key in arguments.methods.split(","):
                title, method = methods[key]
                begin = time.time()
                results = [scores(data, [method(data, seed) for seed in range(arguments.seeds)]) for data in sets]
                seconds = (time.time() - begin) / len(sets) / arguments.seeds
                r = np.mean(results, axis=0)
                shown = f"{name} ({len(sets[0].points)})" if len(sets) == 1 else f"{name} ({len(sets)} sets)"
                print(f"| {shown} | {title} | {r[0]:.3f} | {r[1]:.3f} | {r[2]:.3f} | {r[3]:.1%} | {r[4]:.1f} | "
                      f"{r[5]:.3f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
