// Options and figures as JSON, for the catalogue and for those who read it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clipcluster/pipeline.h"

namespace clipcluster::internal {

nlohmann::ordered_json fit_options_json(const FitOptions& options);
// The other way, for the reducer umap: what `json` says in place of what stands in `base`; what it does not
// say, or says in another form, stays.
FitOptions fit_options_from_json(const nlohmann::ordered_json& json, FitOptions base);
nlohmann::ordered_json embed_options_json(const EmbedOptions& options);
nlohmann::ordered_json split_json(const SplitFigures& figures);
SplitFigures split_from_json(const nlohmann::ordered_json& json);
nlohmann::ordered_json noise_figures_json(const NoiseFigures& figures);
NoiseFigures noise_figures_from_json(const nlohmann::ordered_json& json);

// Bytes that are not UTF-8 (paths) become U+FFFD.
std::string dump(const nlohmann::ordered_json& json);
// An empty object when the text is no JSON.
nlohmann::ordered_json parse(const std::string& text);

// A list of any paths as one text and back: one per line, '%' and newline percent-encoded.
std::string pack_paths(const std::vector<std::string>& paths);
std::vector<std::string> unpack_paths(const std::string& text);

}  // namespace clipcluster::internal
