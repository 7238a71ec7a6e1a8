// The page's data: scripts that hand a value to it. Long lists come in chunks that the page loads when it
// shows them.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace clipcluster::report {

struct PageScript {
  std::string name;     // of the file
  std::string content;  // what it holds
};

inline constexpr std::size_t rows_per_chunk = 4096;
std::size_t chunk_count(std::size_t rows);

PageScript data_file(const std::string& name, const nlohmann::json& value);
PageScript chunk_file(std::string_view list, std::size_t chunk, const nlohmann::json& value);

}  // namespace clipcluster::report
