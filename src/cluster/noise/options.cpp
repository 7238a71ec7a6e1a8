#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "clipcluster/noise.h"

namespace clipcluster {
namespace {

constexpr std::string_view kTarget = "target=";

}  // namespace

std::string noise_options_text(const NoiseOptions& options) {
  switch (options.policy) {
    case NoisePolicy::nearest:
      return "nearest";
    case NoisePolicy::soft:
      return "soft";
    case NoisePolicy::target:
      return fmt::format("{}{}", kTarget, options.target);
    case NoisePolicy::keep:
      break;
  }
  return "keep";
}

Status check_noise_options(const NoiseOptions& options) {
  if (options.policy != NoisePolicy::target) return {};
  if (options.target >= 0.0 && options.target <= 1.0) return {};
  return Status::invalid_argument(fmt::format(
      "the target of the noise is {}; it is a share of the images, from 0 to 1, for example target=0.05",
      options.target));
}

Result<NoiseOptions> parse_noise_options(std::string_view text) {
  for (const NoisePolicy policy : {NoisePolicy::keep, NoisePolicy::nearest, NoisePolicy::soft}) {
    if (text == noise_options_text({policy})) return NoiseOptions{policy};
  }
  NoiseOptions options{NoisePolicy::target};
  if (text.starts_with(kTarget)) {
    const char* first = text.data() + kTarget.size();
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, options.target);
    if (error == std::errc{} && end == last && first != last && check_noise_options(options).is_ok())
      return options;
  }
  return Status::invalid_argument(
      fmt::format("'{}' says nothing that can be done with noise; give keep, nearest, soft, or "
                  "target=SHARE with a share "
                  "from 0 to 1, for example target=0.05",
                  text));
}

}  // namespace clipcluster
