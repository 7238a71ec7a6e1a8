// A project's clusters against known classes.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <unordered_map>
#include <utility>

#include "clipcluster/consensus.h"
#include "clipcluster/pipeline.h"
#include "pipeline/fitted_project.h"
#include "pipeline/labels_file.h"
#include "pipeline/paths.h"

namespace clipcluster {
namespace {

// A file of the project with its place in the fit.
struct File {
  std::string path;
  std::int32_t label = -1;
  bool held_out = false;
  std::optional<double> confidence;
};

// One entry per point; none where there is no consensus, and for what is no member by it.
Result<std::vector<std::optional<double>>> confidences_of(const internal::FittedProject& fitted) {
  std::vector<std::optional<double>> confidences(fitted.points.size());
  if (!fitted.arrays.stability) return confidences;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Consensus consensus, Consensus::from_arrays(*fitted.arrays.stability));
  for (std::size_t i = 0; i < fitted.training && i < consensus.confidences.size(); ++i) {
    if (consensus.labels[i] >= 0) confidences[i] = consensus.confidences[i];
  }
  return confidences;
}

std::vector<File> clustered_files(const internal::FittedProject& fitted,
                                  const std::vector<std::optional<double>>& confidences) {
  std::vector<File> files;
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    const ProjectPoint& point = fitted.fit.points[i];
    files.push_back({fitted.points[i].path, point.label, point.held_out, confidences[i]});
    for (const std::string& copy : fitted.points[i].copies)
      files.push_back({copy, point.label, point.held_out, confidences[i]});
  }
  return files;
}

using Classes = std::unordered_map<std::string, std::string>;  // path: class

Classes classes_from_folders(const std::vector<File>& files) {
  Classes classes;
  for (const File& file : files) {
    std::string label = internal::folder_label(file.path);
    if (!label.empty()) classes.emplace(file.path, std::move(label));
  }
  return classes;
}

// The project's name for what a line of the file means, or empty.
std::string find_path(const std::string& written, const std::string& base,
                      const std::unordered_map<std::string, const File*>& files) {
  for (const std::string& candidate : {written, internal::absolute_path(base + "/" + written),
                                       internal::absolute_path(written), "row " + written}) {
    if (files.contains(candidate)) return candidate;
  }
  return "";
}

Result<Classes> classes_from_file(const std::string& path, const std::vector<File>& files,
                                  std::size_t& unmatched) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<internal::LabelledPath> lines,
                               internal::read_labels_file(path));
  std::unordered_map<std::string, const File*> by_path;
  for (const File& file : files) by_path.emplace(file.path, &file);
  const std::string base = std::filesystem::path(internal::absolute_path(path)).parent_path().string();
  Classes classes;
  for (const internal::LabelledPath& line : lines) {
    std::string found = find_path(line.path, base, by_path);
    if (found.empty()) {
      ++unmatched;
    } else {
      classes.emplace(std::move(found), line.label);
    }
  }
  return classes;
}

struct Columns {
  std::vector<std::int32_t> labels;
  std::vector<std::int32_t> classes;
  std::vector<double> confidences;
};

class ClassNumbers {
 public:
  std::int32_t of(const std::string& name) {
    return numbers_.emplace(name, static_cast<std::int32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<std::string, std::int32_t> numbers_;
};

}  // namespace

Result<ProjectEvaluation> evaluate_project(const std::string& folder, const std::string& labels) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::FittedProject fitted, internal::read_fitted_project(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto confidences, confidences_of(fitted));
  const std::vector<File> files = clustered_files(fitted, confidences);
  ProjectEvaluation evaluation;
  evaluation.fit = fitted.fit.id;
  Classes classes;
  if (labels == "folders") {
    if (fitted.project->kind() == ProjectKind::vectors) {
      return Status::invalid_argument("'" + folder +
                                      "' was made from embeddings, which lie in no folders; "
                                      "name a CSV file with the columns path,label");
    }
    classes = classes_from_folders(files);
  } else {
    CLIPCLUSTER_ASSIGN_OR_RETURN(classes, classes_from_file(labels, files, evaluation.unmatched));
  }

  ClassNumbers numbers;
  Columns all;
  Columns held_out;
  Columns confident;
  for (const File& file : files) {
    const auto known = classes.find(file.path);
    if (known == classes.end()) {
      ++evaluation.unlabelled;
      continue;
    }
    const std::int32_t number = numbers.of(known->second);
    for (Columns* columns :
         {&all, file.held_out ? &held_out : nullptr, file.confidence ? &confident : nullptr}) {
      if (columns == nullptr) continue;
      columns->labels.push_back(file.label);
      columns->classes.push_back(number);
      columns->confidences.push_back(file.confidence.value_or(0.0));
    }
  }
  if (all.labels.empty()) {
    return Status::invalid_argument(
        fmt::format("'{}' gives a class to none of the {} images of '{}'; are the paths in it the same?",
                    labels, files.size(), folder));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(evaluation.scores, evaluate_clustering(all.labels, all.classes));
  if (!held_out.labels.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(evaluation.held_out,
                                 evaluate_clustering(held_out.labels, held_out.classes));
  }
  if (fitted.arrays.stability) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        evaluation.reliability,
        measure_reliability(confident.labels, confident.classes, confident.confidences));
  }
  return evaluation;
}

}  // namespace clipcluster
