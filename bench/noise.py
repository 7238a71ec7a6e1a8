#!/usr/bin/env python3
"""What becomes of noise under each rule: how much is left, and how right the assigned images are.

  bench/noise.py build/release/bin/clipcluster FOLDER... [--seeds 5]

Each FOLDER holds one sub-folder per class, or MNIST's idx.gz files, whose pixels then are the embeddings. The
embeddings (built-in model unless --model is given) are made once; each rule gets the same fits, one for each seed. The class of a cluster is that of most of its core and
member images; an image is right when that is its own class. Prints means over the seeds as Markdown: ARI and
NMI with noise counted as one more cluster, the share right among core, member and assigned images, and, of a
fit without a fifth of the images, the noise among the fitted and among the held-out ones. Needs Debian's
python3-sklearn.
"""
import argparse
import glob
import gzip
import json
import os
import subprocess
import tempfile

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

RULES = ["keep", "nearest", "soft", "target=0.05"]


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


def embed_folder(program, data, folder, model):
    run(program, "embed", data, "-o", f"{folder}/e.npy", "--list", f"{folder}/files.txt", "--skipped",
        f"{folder}/skipped.jsonl", "-q", *(["--model", model] if model else []))
    names = [os.path.basename(os.path.dirname(line.rstrip("\n"))) for line in open(f"{folder}/files.txt")]
    return np.unique(names, return_inverse=True)[1], "cosine"


def pixels(data, folder):
    images = gzip.open(glob.glob(f"{data}/*images*")[0]).read()
    np.save(f"{folder}/e.npy", np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255)
    labels = gzip.open(glob.glob(f"{data}/*labels*")[0]).read()
    return np.frombuffer(labels, np.uint8, offset=8).astype(int), "euclidean"


def fit(program, embeddings, folder, seed, rule, *more):
    return json.loads(run(program, "fit", "--embeddings", embeddings, "-o", f"{folder}/project", "--seed", seed, "--noise",
                          rule, "--json", "-q", *more))


def answers(program, embeddings, folder):
    lines = run(program, "assign", f"{folder}/project", "--embeddings", embeddings, "--nearest", 0, "-q").splitlines()
    rows = [json.loads(line) for line in lines]
    return np.array([r["cluster"] for r in rows]), np.array([r["tier"] for r in rows])


def share_right(classes, labels, tiers):
    own = np.isin(tiers, ["core", "member"])
    of_cluster = {c: np.bincount(classes[own & (labels == c)]).argmax() for c in np.unique(labels[own])}
    right = np.array([of_cluster.get(c, -1) for c in labels]) == classes
    return [right[tiers == t].mean() if np.any(tiers == t) else np.nan for t in ["core", "member", "assigned"]]


def measure(program, embeddings, folder, seed, rule, classes, metric):
    split = fit(program, embeddings, folder, seed, rule, "--metric", metric, "--test-fraction", 0.2)["split"]
    fit(program, embeddings, folder, seed, rule, "--metric", metric)
    labels, tiers = answers(program, embeddings, folder)
    return [labels.max() + 1, np.mean(labels < 0), np.mean(tiers == "assigned"), adjusted_rand_score(classes, labels),
            normalized_mutual_info_score(classes, labels), *share_right(classes, labels, tiers),
            split["training_noise_share"], split["held_out_noise_share"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--model")
    arguments = parser.parse_args()
    print("| set | rule | clusters | noise | assigned | ARI | NMI | right: core | member | assigned | noise, fitted | held out |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for data in arguments.folders:
        with tempfile.TemporaryDirectory() as folder:
            embeddings = f"{folder}/e.npy"
            classes, metric = (pixels(data, folder) if glob.glob(f"{data}/*images*.gz") else
                               embed_folder(arguments.program, data, folder, arguments.model))
            for rule in RULES:
                rows = [measure(arguments.program, embeddings, folder, seed, rule, classes, metric)
                        for seed in range(arguments.seeds)]
                m = [np.nan if np.all(np.isnan(c)) else np.nanmean(c) for c in np.array(rows, dtype=float).T]
                right = ["-" if np.isnan(x) else f"{x:.1%}" for x in m[5:8]]
                print(f"| {os.path.basename(os.path.normpath(data))} ({len(classes)}) | {rule} | {m[0]:.1f} | {m[1]:.1%} | "
                      f"{m[2]:.1%} | {m[3]:.3f} | {m[4]:.3f} | {' | '.join(right)} | {m[8]:.1%} | {m[9]:.1%} |", flush=True)


if __name__ == "__main__":
    main()
