#include "report/quality_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/page_text.h"

namespace clipcluster::report {

using Json = nlohmann::json;

Json tuning_json(const ReportTuning& tuning) {
  if (tuning.rows.empty()) return nullptr;
  Json rows = Json::array();
  for (const ReportTuningRow& row : tuning.rows) {
    rows.push_back({{"cells", row.cells}, {"chosen", row.chosen}});
  }
  return {{"explanation", tuning.explanation},
          {"columns", tuning.columns},
          {"rows", rows},
          {"in_use", tuning.in_use}};
}

Json reliability_json(const ReportReliability& reliability) {
  if (reliability.bins.empty()) return nullptr;
  const auto share = [](double value) { return std::clamp(short_number(value), 0.0, 1.0); };
  Json confidence = Json::array();
  Json agreement = Json::array();
  Json count = Json::array();
  for (const ReportReliabilityBin& bin : reliability.bins) {
    confidence.push_back(share(bin.confidence));
    agreement.push_back(share(bin.agreement));
    count.push_back(bin.count);
  }
  return {{"confidence", confidence},
          {"agreement", agreement},
          {"count", count},
          {"expected_calibration_error", share(reliability.expected_calibration_error)}};
}

Status check_tuning(const ReportTuning& tuning) {
  for (const ReportTuningRow& row : tuning.rows) {
    if (row.cells.size() == tuning.columns.size()) continue;
    return Status::invalid_argument(
        fmt::format("the page was given a table of settings with {} columns and a row of {} cells",
                    tuning.columns.size(), row.cells.size()));
  }
  return Status();
}

}  // namespace clipcluster::report
