"""Writes pca_oracle.txt: points and their principal components by scikit-learn.

Each case is a line "n d c", then the points, the mean, the components (signs made so that the entry of
largest absolute value is positive), the variances, the ratios and the transformed points.
"""
import os

import numpy as np
from sklearn.decomposition import PCA

rng = np.random.default_rng(3)


def case(n, d, c):
    points = (rng.normal(size=(n, d)) * np.linspace(3, 0.5, d) + rng.normal(size=d) * 5) @ rng.normal(size=(d, d))
    points = points.astype(np.float32)
    fitted = PCA(c, svd_solver="full").fit(points.astype(np.float64))
    largest = np.abs(fitted.components_).argmax(axis=1)
    signs = np.sign(fitted.components_[np.arange(c), largest])
    arrays = [
        points,
        fitted.mean_,
        fitted.components_ * signs[:, None],
        fitted.explained_variance_,
        fitted.explained_variance_ratio_,
        fitted.transform(points.astype(np.float64)) * signs,
    ]
    return "\n".join([f"{n} {d} {c}"] + [" ".join(f"{v:.9g}" for v in np.ravel(a)) for a in arrays])


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pca_oracle.txt"), "w") as out:
    out.write("\n".join([case(60, 5, 3), case(40, 20, 20), case(12, 30, 11), case(2, 3, 1), case(30, 1, 1)]) + "\n")
