#!/usr/bin/env python3
"""What bf16 and int8 cost in clusters: ARI with the folders' classes at each precision.

  bench/precision_price.py build/release/bin/clipcluster FOLDER... [--seeds 5] [--model DIR]

Each FOLDER holds one sub-folder per class. Embeds at f32, bf16 and int8, lays out and clusters each as
`clipcluster run` does (UMAP to 5 columns, min_samples 1), and prints mean and standard deviation over the
seeds of ARI with the classes and with f32's clusters of the same seed (noise counted as one more cluster),
beside the cosine to f32, as Markdown. Needs python3-sklearn.
"""
import argparse
import math
import os
import subprocess
import tempfile

import numpy as np
from sklearn.metrics import adjusted_rand_score


def run(*command):
    subprocess.run([str(c) for c in command], check=True)


def clusters(program, embeddings, folder, seed):
    size = max(5, round(math.sqrt(len(np.load(embeddings, mmap_mode="r"))) / 4))
    run(program, "umap", embeddings, "-o", f"{folder}/y.npy", "--n-neighbors", 15, "--n-components", 5, "--min-dist", 0,
        "--metric", "cosine", "--seed", seed, "-q")
    run(program, "hdbscan", f"{folder}/y.npy", "--labels", f"{folder}/l.npy", "--min-cluster-size", size,
        "--min-samples", 1, "-q")
    return np.load(f"{folder}/l.npy")


def text(values):
    return f"{np.mean(values):.3f} ± {np.std(values):.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--model")
    arguments = parser.parse_args()
    model = ["--model", arguments.model] if arguments.model else []
    print("| set | precision | least cosine | mean cosine | ARI with classes | ARI with f32's clusters |\n"
          "|---|---|---|---|---|---|")
    for data in arguments.folders:
        with tempfile.TemporaryDirectory() as folder:
            for precision in ["f32", "bf16", "int8"]:
                embeddings = f"{folder}/{precision}.npy"
                subprocess.run([arguments.program, "embed", data, "-o", embeddings, "--list", f"{folder}/files.txt",
                                "--precision", precision, "-q", *model])  # 3: some files are no images
                vectors = np.load(embeddings)
                labels = [clusters(arguments.program, embeddings, folder, seed) for seed in range(arguments.seeds)]
                if precision == "f32":
                    exact, exact_labels = vectors, labels
                classes = [os.path.basename(os.path.dirname(line.rstrip("\n"))) for line in open(f"{folder}/files.txt")]
                cosines = np.sum(vectors.astype(np.float64) * exact, axis=1)
                print(f"| {os.path.basename(os.path.normpath(data))} ({len(classes)}) | {precision} | {cosines.min():.5f} | "
                      f"{cosines.mean():.5f} | {text([adjusted_rand_score(classes, l) for l in labels])} | "
                      f"{text([adjusted_rand_score(a, b) for a, b in zip(exact_labels, labels)])} |", flush=True)


if __name__ == "__main__":
    main()
