#include "pipeline/stored_reliability.h"

#include "clipcluster/pipeline.h"
#include "pipeline/options_json.h"

namespace clipcluster {
namespace {

constexpr const char* kSetting = "reliability";

}  // namespace

Status remember_reliability(const std::string& folder, const ProjectEvaluation& evaluation) {
  if (!evaluation.reliability) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project read, Project::open(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, read.kind()));
  nlohmann::ordered_json json;
  json["fit"] = evaluation.fit;
  json["expected_calibration_error"] = evaluation.reliability->expected_calibration_error;
  json["bins"] = nlohmann::ordered_json::array();
  for (const ReliabilityBin& bin : evaluation.reliability->bins) {
    json["bins"].push_back(
        {{"confidence", bin.confidence}, {"accuracy", bin.accuracy}, {"count", bin.count}});
  }
  return project.set_setting(kSetting, internal::dump(json));
}

namespace internal {

Result<ReportReliability> stored_reliability(const FittedProject& fitted) {
  ReportReliability reliability;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> text, fitted.project->setting(kSetting));
  if (!text) return reliability;
  const auto json = parse(*text);
  if (json.value("fit", std::int64_t{0}) != fitted.fit.id || !json.contains("bins") ||
      !json["bins"].is_array()) {
    return reliability;
  }
  reliability.expected_calibration_error = json.value("expected_calibration_error", 0.0);
  for (const auto& bin : json["bins"]) {
    if (!bin.is_object()) continue;
    reliability.bins.push_back(
        {bin.value("confidence", 0.0), bin.value("accuracy", 0.0), bin.value("count", std::uint64_t{0})});
  }
  return reliability;
}

}  // namespace internal
}  // namespace clipcluster
