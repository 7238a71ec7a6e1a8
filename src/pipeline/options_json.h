// Options and figures as JSON, for the catalogue and for those who read it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clipcluster/pipeline.h"

namespace clipcluster::internal {

nlohmann::ordered_json fit_options_json(const FitOptions& options);
nlohmann::ordered_json embed_options_json(const EmbedOptions& options);
nlohmann::ordered_json split_json(const SplitFigures& figures);
SplitFigures split_from_json(const nlohmann::ordered_json& json);

// Bytes that are not UTF-8 (paths) become U+FFFD.
std::string dump(const nlohmann::ordered_json& json);
// An empty object when the text is no JSON.
nlohmann::ordered_json parse(const std::string& text);

// A list of any paths as one text and back: one per line, '%' and newline percent-encoded.
std::string pack_paths(const std::vector<std::string>& paths);
std::vector<std::string> unpack_paths(const std::string& text);

}  // namespace clipcluster::internal
