"""Writes evaluation_oracle.txt: labelings and their scores by scikit-learn.

Each case is four lines: name, labels, classes, and "ari ami nmi" with noise then without.
"""
import os

import numpy as np
from sklearn import metrics

rng = np.random.default_rng(7)


def scores(labels, classes):
    return [
        metrics.adjusted_rand_score(classes, labels),
        metrics.adjusted_mutual_info_score(classes, labels),
        metrics.normalized_mutual_info_score(classes, labels),
    ]


def case(name, labels, classes):
    labels, classes = np.asarray(labels), np.asarray(classes)
    kept = labels >= 0
    values = scores(labels, classes) + scores(labels[kept], classes[kept])
    return "\n".join([
        name,
        " ".join(map(str, labels)),
        " ".join(map(str, classes)),
        " ".join(repr(float(v)) for v in values),
    ])


def noisy(classes, flips, noise):
    labels = classes.copy()
    labels[rng.random(len(labels)) < flips] = rng.integers(0, classes.max() + 1)
    labels[rng.random(len(labels)) < noise] = -1
    return labels


classes = rng.integers(0, 12, 800)
skewed = np.minimum(rng.geometric(0.2, 600), 9)
cases = [
    case("same", [0, 0, 1, 1, 2], [5, 5, 9, 9, -3]),
    case("one_cluster", [0, 0, 0, 0], [0, 0, 1, 1]),
    case("one_class", [0, 0, 1, 1, -1], [3, 3, 3, 3, 3]),
    case("all_one", [0, 0, 0], [4, 4, 4]),
    case("singletons_against_pairs", [0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 2]),
    case("independent", rng.integers(0, 7, 500), rng.integers(0, 5, 500)),
    case("worse_than_chance", [0, 1, 0, 1], [0, 0, 1, 1]),
    case("noisy", noisy(classes, 0.3, 0.1), classes),
    case("mostly_noise", noisy(classes, 0.1, 0.8), classes),
    case("skewed", noisy(skewed, 0.5, 0.05), skewed),
    case("fine_against_coarse", classes * 3 + rng.integers(0, 3, 800), classes // 3),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "evaluation_oracle.txt"), "w") as out:
    out.write("\n".join(cases) + "\n")
