#include "clipcluster/noise.h"

namespace clipcluster {

const char* tier_name(Tier tier) {
  switch (tier) {
    case Tier::core:
      return "core";
    case Tier::member:
      return "member";
    case Tier::assigned:
      return "assigned";
    case Tier::other:
      break;
  }
  return "other";
}

const char* noise_reason_name(NoiseReason reason) {
  switch (reason) {
    case NoiseReason::none:
      return "none";
    case NoiseReason::between:
      return "between";
    case NoiseReason::thin:
      return "thin";
    case NoiseReason::unlike:
      return "unlike";
    case NoiseReason::blank:
      break;
  }
  return "blank";
}

}  // namespace clipcluster
