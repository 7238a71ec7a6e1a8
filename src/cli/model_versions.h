// The newest layout of each fitted model that this program reads.
#pragma once

namespace clipcluster::cli {

constexpr int newest_pca_model = 1;
constexpr int newest_umap_model = 1;
constexpr int newest_tsne_model = 1;
constexpr int newest_hdbscan_model = 2;

}  // namespace clipcluster::cli
