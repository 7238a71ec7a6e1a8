// Names for clusters, chosen from a vocabulary: arrays in, arrays out (docs/naming.md). The vectors come
// from one model with an image tower and a text tower, such as CLIP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

struct NamingOptions {
  int candidates = 5;       // names to list for each cluster, >= 1
  double weak_score = 1.0;  // a name below this is weak, ...
  double weak_z = 3.0;      // ... and so is one that shuffled clusters come this near to
  // ... and one that does not beat the best of a vocabulary turned at random by so many of its deviations.
  double weak_sense = 3.0;
  std::uint64_t seed = 42;  // of the shuffling and the turning
  std::vector<bool> named;  // clusters that have a name already: they get candidates, no name; empty: none
  std::vector<bool> taken;  // names that are not to be given; empty: none
};

struct NameCandidate {
  std::int32_t name = -1;   // row of `names`
  double score = 0.0;       // see name_clusters
  double similarity = 0.0;  // mean cosine of the cluster's images and the name
};

struct ClusterNaming {
  std::int32_t name = -1;  // row of `names`; -1: none (no name was left, or it has one already)
  double score = 0.0;      // of that name
  double margin = 0.0;     // score less the name's best score in any other cluster
  double z = 0.0;          // of the cluster's best score among the best scores of shuffled clusters
  // Of the name's score (of the best one, where none was given) among the best scores of the vocabulary's
  // vectors turned by random rotations: near 0 where the model's words say nothing about these images.
  double sense = 0.0;
  bool weak = false;  // score, z or sense too low, or margin below 0: another cluster is nearer to the name
  std::vector<NameCandidate> candidates;  // best score first, whether given or not
};

// images: [n, d] and names: [v, d], unit rows, v >= 1. labels: n values, -1 (noise) to clusters - 1;
// weights: n values >= 0, how sure each image belongs where its label says (membership probabilities).
//
// The score of a name in a cluster is how much nearer the cluster is to it than the other groups are:
//     (centroid of the cluster - mean of the other groups' centroids) . name / spread(name)
// where the groups are the clusters and the noise, centroids are weighted means, and spread is the standard
// deviation of the cosine between the name and the images (of 8,192 of them, evenly spaced, where there are
// more). A name that is near to everything, as many are, gains nothing by that.
//
// No two clusters get one name. Names are given best score first; as clusters and names prefer each other
// by the same number, this is the one assignment where no cluster and no name would rather have each other
// than what they got (Gale and Shapley's stability).
//
// Same bytes at any thread count. invalid_argument when sizes do not fit.
Result<std::vector<ClusterNaming>> name_clusters(MatrixView<const float> images,
                                                 std::span<const std::int32_t> labels,
                                                 std::span<const double> weights, std::size_t clusters,
                                                 MatrixView<const float> names,
                                                 const NamingOptions& options = {},
                                                 Progress& progress = Progress::none());

// One name a line, UTF-8, at most 200 bytes; blank lines and lines that begin with # do not count, repeated
// names count once. `file` is for the sentences. invalid_argument says what is wrong in which line.
Result<std::vector<std::string>> parse_vocabulary(std::string_view text, const std::string& file);
// About 1,400 common things, scenes and kinds of picture, in English.
const std::vector<std::string>& built_in_vocabulary();

// "a photo of a {}" and others.
const std::vector<std::string>& default_prompt_templates();
// invalid_argument unless {} stands in it exactly once.
Status check_prompt_template(const std::string& prompt_template);
// The name in the place of {}; "a {}" becomes "an {}" before a vowel.
std::string fill_prompt(const std::string& prompt_template, const std::string& name);
// From the vectors of all prompts of a name to one of the name: vectors: [names * templates, d], unit rows,
// the prompts of one name together. Gives [names, d], means made unit vectors again.
MatrixF average_prompts(MatrixView<const float> vectors, std::size_t templates);

}  // namespace clipcluster
