#include "clipcluster/images.h"

namespace clipcluster {

const char* skip_reason_name(SkipReason reason) {
  switch (reason) {
    case SkipReason::not_found:
      return "not_found";
    case SkipReason::unreadable:
      return "unreadable";
    case SkipReason::not_a_regular_file:
      return "not_a_regular_file";
    case SkipReason::link_loop:
      return "link_loop";
    case SkipReason::empty:
      return "empty";
    case SkipReason::not_an_image:
      return "not_an_image";
    case SkipReason::unsupported_format:
      return "unsupported_format";
    case SkipReason::truncated:
      return "truncated";
    case SkipReason::corrupt:
      return "corrupt";
    case SkipReason::too_large:
      return "too_large";
    case SkipReason::out_of_memory:
      return "out_of_memory";
  }
  return "corrupt";
}

}  // namespace clipcluster
