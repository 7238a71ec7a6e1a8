"""Records what umap-learn 0.5.3 makes of small neighbour lists, for umap_graph_test.cpp.

Run with umap-learn 0.5.3 installed: python3 make_umap_oracle.py > umap_oracle.txt

Each case is: a line "case NAME n k local_connectivity set_op_mix_ratio", n lines of neighbour
indices, n lines of distances, n lines "sigma rho", a line "edges COUNT", and COUNT lines
"row column weight". Floats are written so that they read back to the same bits.
"""

import numpy as np
from sklearn.datasets import make_blobs
from sklearn.metrics import pairwise_distances
from umap.umap_ import fuzzy_simplicial_set


def neighbours(points, k):
    distances = pairwise_distances(points)
    np.fill_diagonal(distances, -1.0)  # each point first in its own list
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    found = np.take_along_axis(distances, order, axis=1)
    found[:, 0] = 0.0
    return order.astype(np.int32), found.astype(np.float32)


def write_case(name, points, k, local_connectivity=1.0, mix=1.0):
    indices, distances = neighbours(points, k)
    graph, sigmas, rhos = fuzzy_simplicial_set(
        points, k, np.random.RandomState(0), "euclidean",
        knn_indices=indices, knn_dists=distances,
        local_connectivity=local_connectivity, set_op_mix_ratio=mix)
    graph = graph.tocsr()
    graph.sort_indices()
    graph = graph.tocoo()
    print("case", name, len(points), k, local_connectivity, mix)
    for row in indices:
        print(*row)
    for row in distances:
        print(*("%.9g" % d for d in row))
    for sigma, rho in zip(sigmas, rhos):
        print("%.9g %.9g" % (sigma, rho))
    print("edges", graph.nnz)
    for i, j, weight in zip(graph.row, graph.col, graph.data):
        print(i, j, "%.9g" % weight)


random = np.random.RandomState(7)
blobs = make_blobs(120, 8, centers=4, random_state=1)[0]
duplicates = np.repeat(random.normal(size=(20, 3)), 4, axis=0)
some_duplicates = np.vstack([random.normal(size=(40, 3)), np.zeros((12, 3))])
write_case("blobs", blobs, 15)
write_case("half_local", blobs[:60], 10, local_connectivity=1.5)
write_case("two_local_mixed", blobs[:60], 8, local_connectivity=2.0, mix=0.5)
write_case("intersection", blobs[:60], 8, mix=0.0)
write_case("duplicates", duplicates, 6)
write_case("some_duplicates", some_duplicates, 7)
write_case("sixty_neighbours", blobs[:64], 60, local_connectivity=1.5, mix=0.8)
write_case("two_points", np.array([[0.0, 0.0], [3.0, 4.0]]), 2)
