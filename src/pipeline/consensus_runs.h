// Many clusterings of the same points: other seeds, other samples, several cluster sizes.
#pragma once

#include "clipcluster/consensus.h"
#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// Two points of the largest sample are together in at most this many runs of ten clusterings.
inline constexpr int kMostConsensusRuns = 1000;

// Neighbours as make_clusterings wants them: twice as many as the reducer looks at, enough of which are in
// a sample of four fifths. rows: [n, d], n >= 3, what the reducer works on.
Result<NeighborLists> wide_neighbors(const SharedMatrix<float>& rows, const FitOptions& options,
                                     Progress& progress);
// Each of options.consensus_runs runs leaves out a fifth of the points (each point once in five runs),
// reduces the others with a seed of its own, clusters the layout with several min_cluster_size and
// min_samples around those of `options`, and gives the points left out the label that most of their nearest
// neighbours have.
Result<ClusteringTable> make_clusterings(const SharedMatrix<float>& rows, const NeighborLists& neighbors,
                                         const FitOptions& options, Progress& progress);
// Bytes over the points, at most.
std::uint64_t make_clusterings_memory(std::uint64_t n, int runs);

// From rows to one clustering, with confidences. options.consensus_runs >= 1.
Result<Consensus> fit_consensus(const SharedMatrix<float>& rows, const FitOptions& options,
                                Progress& progress);

}  // namespace clipcluster::internal
