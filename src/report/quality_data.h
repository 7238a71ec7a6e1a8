// Settings that were tried, and how far confidences can be relied on.
#pragma once

#include <nlohmann/json.hpp>

#include "clipcluster/report.h"

namespace clipcluster::report {

// Null when the project was never tuned.
nlohmann::json tuning_json(const ReportTuning& tuning);

// Null without one. Columns: confidence, agreement, count.
nlohmann::json reliability_json(const ReportReliability& reliability);

// Whether each row of the table has a cell for each column.
Status check_tuning(const ReportTuning& tuning);

}  // namespace clipcluster::report
