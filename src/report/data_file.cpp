#include "report/data_file.h"

#include <fmt/format.h>

#include "report/page_text.h"

namespace clipcluster::report {

std::size_t chunk_count(std::size_t rows) { return (rows + rows_per_chunk - 1) / rows_per_chunk; }

PageScript data_file(const std::string& name, const nlohmann::json& value) {
  return {name + ".js", data_script(name, value)};
}

PageScript chunk_file(std::string_view list, std::size_t chunk, const nlohmann::json& value) {
  return data_file(fmt::format("{}-{:04}", list, chunk), value);
}

}  // namespace clipcluster::report
