// The checkpoints of tests/reference, rebuilt from their recorded configurations and tensor names.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clip/random_checkpoint.h"
#include "clipcluster/images.h"

namespace clipcluster::testing {

// The kinds that tests/reference/data has, by name.
std::vector<std::string> recorded_kinds();
nlohmann::json recorded_kind(const std::string& name);

// What tests/reference/checkpoints.py calls values() and image(): numbers that follow from a name.
std::vector<double> formula_values(const std::string& name, const std::vector<std::int64_t>& shape,
                                   double scale, double centre);
Image formula_image(const std::string& name, int width, int height);

Tensors recorded_tensors(const nlohmann::json& kind);
// Everything that ClipModel::load needs. `dtype` F32, F16 or BF16.
void write_recorded_checkpoint(const std::string& folder, const nlohmann::json& kind,
                               const Tensors& tensors, const std::string& dtype = "F32");

}  // namespace clipcluster::testing
