"""umap-learn's fit_transform: umap_learn.py IN.npy OUT.npy N_NEIGHBORS. Prints its seconds, without those that
numba's compiler takes."""
import sys
import time
import warnings

import numpy as np
import umap

warnings.filterwarnings("ignore")


def layout(points):
    return umap.UMAP(n_neighbors=int(sys.argv[3]), n_components=5, min_dist=0.0, metric="cosine").fit_transform(points)


# Twice: few rows and many take different ways through umap-learn.
layout(np.random.default_rng(1).normal(size=(500, 512)).astype(np.float32))
layout(np.random.default_rng(1).normal(size=(5000, 512)).astype(np.float32))
points = np.load(sys.argv[1])
start = time.perf_counter()
result = layout(points)
print(time.perf_counter() - start)
np.save(sys.argv[2], result)
