#include "clipcluster/progress.h"

namespace clipcluster {

Progress& Progress::none() {
  static Progress silent;
  return silent;
}

}  // namespace clipcluster
