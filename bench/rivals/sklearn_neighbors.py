"""scikit-learn's exact neighbours: sklearn_neighbors.py IN.npy K. Prints its seconds. Rows of unit length, so that
the euclidean order, for which scikit-learn has its fastest code, is the cosine order."""
import sys
import time

import numpy as np
from sklearn.neighbors import NearestNeighbors

points = np.load(sys.argv[1])
start = time.perf_counter()
NearestNeighbors(n_neighbors=int(sys.argv[2]), algorithm="brute", n_jobs=2).fit(points).kneighbors(points)
print(time.perf_counter() - start)
