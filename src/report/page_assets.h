// The files of assets/, built into the library (embed_assets.cmake).
#pragma once

#include <span>
#include <string_view>

namespace clipcluster::report {

struct PageAsset {
  std::string_view name;
  std::string_view content;
};

std::span<const PageAsset> page_assets();

}  // namespace clipcluster::report
