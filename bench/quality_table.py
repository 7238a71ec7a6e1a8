#!/usr/bin/env python3
"""Quality on labelled data: our defaults, tuned and consensus beside what people use today.

  bench/quality_table.py build/release/bin/clipcluster SHARED_DATA [--only photos,fcps] [--methods defaults,ward]

SHARED_DATA holds photos/, social/ (a folder per class), numeric/mnist and numeric/gagolews. Of every set and
method: adjusted Rand index, adjusted and normalised mutual information (noise counted as one more cluster), share
of noise, clusters, and stability, the mean ARI between the clusterings of two seeds; means over the seeds. Of the
consensus also the expected calibration error of its confidences. Prints Markdown: a table by group, the sets where
ours is more than .05 of ARI behind the best rival, and one row for each set.

Every figure is kept in --results as soon as it is there, and only what is missing is measured; --again METHODS
measures those anew. Of a point set with more than --largest points a random sample of that many is used, by every
method alike. Where a point set has several reference labellings, the best ARI counts, and points that a labelling
calls noise (label 0) are left out, as its authors do.

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

OURS = ["defaults", "tuned", "consensus"]
RIVALS = ["umap", "kmeans", "ward"]
TITLES = {"defaults": "clipcluster", "tuned": "clipcluster tune", "consensus": "clipcluster --consensus",
          "umap": "umap-learn + HDBSCAN", "kmeans": "k-means, true k", "ward": "agglomerative (Ward), true k"}
POINT_SETS = ["fcps", "sipu", "wut"]
FIGURES = ["ari", "ami", "nmi", "noise", "clusters", "stability"]
BEHIND = 0.05


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


class Data:
    """classes: one or more reference labellings; negative is noise of the reference."""

    def __init__(self, name, points, classes, metric, whole=None):
        self.name, self.points, self.classes, self.metric = name, points.astype(np.float32), classes, metric
        self.whole = whole or len(points)
        self.k = len(np.unique(classes[0][classes[0] >= 0]))


def images(program, name, folder, scratch):
    run(program, "embed", folder, "-o", f"{scratch}/e.npy", "--list", f"{scratch}/files.txt", "--skipped",
        f"{scratch}/skipped.jsonl", "-q")
    names = [os.path.basename(os.path.dirname(line.rstrip("\n"))) for line in open(f"{scratch}/files.txt")]
    return Data(name, np.load(f"{scratch}/e.npy"), [np.unique(names, return_inverse=True)[1]], "cosine")


def mnist(folder):
    pixels = gzip.open(glob.glob(f"{folder}/*images*")[0]).read()
    labels = gzip.open(glob.glob(f"{folder}/*labels*")[0]).read()
    points = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 784) / 255.0
    return Data("mnist", points, [np.frombuffer(labels, np.uint8, offset=8).astype(int)], "euclidean")


def point_sets(folder, largest):
    for path in sorted(glob.glob(f"{folder}/*.data.gz")):
        stem = path[:-len(".data.gz")]
        points = np.loadtxt(path, ndmin=2)
        classes = [np.loadtxt(p).astype(int) - 1 for p in sorted(glob.glob(f"{stem}.labels*.gz"))]
        rows = np.arange(len(points))
        if len(rows) > largest:
            rows = np.sort(np.random.default_rng(0).choice(len(rows), largest, replace=False))
        yield Data(f"{os.path.basename(folder)}/{os.path.basename(stem)}", points[rows] / points.std(),
                   [c[rows] for c in classes], "euclidean", len(points))


def sets_of(group, arguments, scratch):
    if group in ("photos", "social"):
        return [images(arguments.program, group, f"{arguments.data}/{group}", scratch)]
    if group == "mnist":
        return [mnist(f"{arguments.data}/numeric/mnist")]
    return list(point_sets(f"{arguments.data}/numeric/gagolews/{group}", arguments.largest))


def labels_of(program, project, count):
    """Of every row, in order; copies of a row have its label."""
    lines = run(program, "assign", project, "--embeddings", f"{project}.npy", "--nearest", 0, "-q").splitlines()
    assert len(lines) == count
    return np.array([json.loads(line)["cluster"] for line in lines])


def calibration_error(program, project, classes):
    with open(f"{project}.csv", "w") as out:
        out.write("path,label\n" + "".join(f"{i},{c}\n" for i, c in enumerate(classes)))
    return json.loads(run(program, "eval", project, "--labels", f"{project}.csv", "--json", "-q"))["reliability"][
        "expected_calibration_error"]


def ours(program, scratch, kind, runs):
    def cluster(data, seed):
        project = f"{scratch}/{kind}"
        np.save(f"{project}.npy", data.points)
        with open(f"{project}.txt", "w") as out:
            out.write("".join(f"{i}\n" for i in range(len(data.points))))
        run("rm", "-rf", project)
        consensus = ["--consensus", runs] if kind == "consensus" else []
        run(program, "fit", "--embeddings", f"{project}.npy", "--list", f"{project}.txt", "-o", project, "--metric",
            data.metric, "--seed", seed, "-q", *consensus)
        if kind == "tuned":
            run(program, "tune", project, "-q")
        error = calibration_error(program, project, data.classes[0]) if kind == "consensus" else None
        return labels_of(program, project, len(data.points)), error
    return cluster


def umap_learn(program, scratch):
    def cluster(data, seed):
        import umap
        layout = umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric=data.metric,
                           random_state=seed).fit_transform(data.points)
        np.save(f"{scratch}/layout.npy", layout)
        run(program, "hdbscan", f"{scratch}/layout.npy", "--labels", f"{scratch}/l.npy", "--probabilities",
            f"{scratch}/p.npy", "--min-cluster-size", 10, "-q")
        return np.load(f"{scratch}/l.npy"), None
    return cluster


def directed(data):
    """Cosine, as both estimators understand it."""
    return data.points / np.linalg.norm(data.points, axis=1, keepdims=True) if data.metric == "cosine" else data.points


def k_means(data, seed):
    return KMeans(data.k, n_init=10, random_state=seed).fit_predict(directed(data)), None


def ward(data, seed):
    return AgglomerativeClustering(data.k).fit_predict(directed(data)), None


def agreement(classes, labels):
    kept = classes >= 0
    return [f(classes[kept], labels[kept])
            for f in (adjusted_rand_score, adjusted_mutual_info_score, normalized_mutual_info_score)]


def measure(data, method, seeds):
    begin = time.time()
    clusterings, errors = zip(*[method(data, seed) for seed in range(seeds)])
    seconds = (time.time() - begin) / seeds
    rows = [max(agreement(c, l) for c in data.classes) + [np.mean(l < 0), len(set(l[l >= 0]))] for l in clusterings]
    pairs = [adjusted_rand_score(a, b) for a, b in itertools.combinations(clusterings, 2)]
    result = dict(zip(FIGURES, map(float, np.mean(rows, axis=0))), seeds=seeds, seconds=seconds)
    result["stability"] = float(np.mean(pairs)) if pairs else None
    if errors[0] is not None:
        result["calibration"] = float(np.mean(errors))
    return result


class Results:
    """group -> set -> {"points", "whole", "methods": {method: figures}}, in a file that others may add to."""

    def __init__(self, path):
        self.path = path
        self.read()

    def read(self):
        self.groups = json.load(open(self.path)) if os.path.exists(self.path) else {}

    def has(self, group, name, method):
        return method in self.groups.get(group, {}).get(name, {}).get("methods", {})

    def keep(self, group, data, method, figures):
        self.read()
        entry = self.groups.setdefault(group, {}).setdefault(data.name, {"methods": {}})
        entry.update(points=len(data.points), whole=data.whole)
        entry["methods"][method] = figures
        with open(f"{self.path}.{os.getpid()}", "w") as out:
            json.dump(self.groups, out, indent=1)
        os.replace(f"{self.path}.{os.getpid()}", self.path)


def measure_missing(results, arguments, scratch):
    for group in arguments.only.split(","):
        points = group in POINT_SETS
        runs = arguments.point_runs if points else arguments.runs
        methods = {kind: ours(arguments.program, scratch, kind, runs) for kind in OURS}
        methods.update(umap=umap_learn(arguments.program, scratch), kmeans=k_means, ward=ward)
        sets = sets_of(group, arguments, scratch)
        for key in arguments.methods.split(","):
            for data in sets:
                if results.has(group, data.name, key) and key not in arguments.again.split(","):
                    continue
                figures = measure(data, methods[key], arguments.point_seeds if points else arguments.seeds)
                if key == "consensus":
                    figures["runs"] = runs
                results.keep(group, data, key, figures)


def of_methods(entry, keys):
    return {key: entry["methods"][key] for key in keys if key in entry["methods"]}


def row(name, key, several, centre=np.mean):
    mean = {f: centre([m[f] for m in several]) for f in FIGURES if all(m[f] is not None for m in several)}
    stability = f"{mean['stability']:.3f}" if "stability" in mean else ""
    runs = several[0].get("runs")
    calibration = f"{centre([m['calibration'] for m in several]):.3f}" if "calibration" in several[0] else ""
    print(f"| {name} | {TITLES[key]}{f' {runs}' if runs else ''} | {mean['ari']:.3f} | {mean['ami']:.3f} | "
          f"{mean['nmi']:.3f} | {mean['noise']:.1%} | {mean['clusters']:.1f} | {stability} | {calibration} | "
          f"{np.mean([m['seconds'] for m in several]):.1f} |")


def print_groups(groups, methods):
    print("| set | method | ARI | AMI | NMI | noise | clusters | stability | calibration error | s a run |\n"
          "|---|---|---|---|---|---|---|---|---|---|")
    for group, sets in groups.items():
        if group in POINT_SETS:
            continue
        for name, entry in sets.items():
            for key, figures in of_methods(entry, methods).items():
                row(f"{name} ({entry['points']:,})", key, [figures])
    entries = [e for group, sets in groups.items() if group in POINT_SETS for e in sets.values()]
    for centre, word in [(np.mean, "mean"), (np.median, "median")]:
        for key in methods:
            several = [e["methods"][key] for e in entries if key in e["methods"]]
            if several:
                row(f"point sets, {word} of {len(several)}", key, several, centre)


def print_losses(groups, methods):
    """Where ours is behind the best rival, by method."""
    print()
    for key in (k for k in OURS if k in methods):
        compared, behind, ahead = 0, [], 0
        for sets in groups.values():
            for name, entry in sets.items():
                rivals = of_methods(entry, RIVALS)
                if key not in entry["methods"] or not rivals:
                    continue
                compared += 1
                best = max(rivals, key=lambda r: rivals[r]["ari"])
                lead = entry["methods"][key]["ari"] - rivals[best]["ari"]
                ahead += lead > BEHIND
                if lead < -BEHIND:
                    behind.append((lead, f"{name} {entry['methods'][key]['ari']:.2f} ({best} {rivals[best]['ari']:.2f})"))
        if compared:
            print(f"{TITLES[key]}: of {compared} sets, {ahead} more than {BEHIND} ahead of the best rival, {len(behind)} more "
                  f"than {BEHIND} behind: {', '.join(text for _, text in sorted(behind))}.\n")


def print_sets(groups, methods):
    print("| set | points |" + "".join(f" {TITLES[key]} |" for key in methods) + "\n|---|---|" + "---|" * len(methods))
    for sets in groups.values():
        for name, entry in sets.items():
            cells = [entry["methods"].get(key) for key in methods]
            points = f"{entry['points']:,}" + (f" of {entry['whole']:,}" if entry["whole"] > entry["points"] else "")
            print(f"| {name} | {points} |" + "".join(f" {c['ari']:.2f} ({c['clusters']:.0f}) |" if c else " |" for c in cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=100, help="of the consensus")
    parser.add_argument("--point-seeds", type=int, default=2, help="seeds of each of the many point sets")
    parser.add_argument("--point-runs", type=int, default=20, help="of the consensus of point sets")
    parser.add_argument("--largest", type=int, default=2000, help="points of a point set")
    parser.add_argument("--only", default="photos,social,mnist,fcps,sipu,wut")
    parser.add_argument("--methods", default="defaults,tuned,consensus,kmeans,ward,umap")
    parser.add_argument("--again", default="", help="methods to measure although there are figures")
    parser.add_argument("--results", default="build/quality.json")
    parser.add_argument("--show", action="store_true", help="measure nothing, print what there is")
    arguments = parser.parse_args()
    results = Results(arguments.results)
    if not arguments.show:
        with tempfile.TemporaryDirectory() as scratch:
            measure_missing(results, arguments, scratch)
        results.read()
    asked = {group: results.groups[group] for group in arguments.only.split(",") if group in results.groups}
    methods = [key for key in OURS + RIVALS if key in arguments.methods.split(",")]
    print_groups(asked, methods)
    print_losses(asked, methods)
    print_sets(asked, methods)


if __name__ == "__main__":
    main()
