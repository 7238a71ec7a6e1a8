#include "clipcluster/version.h"

namespace clipcluster {

const char* version() { return CLIPCLUSTER_VERSION; }

}  // namespace clipcluster
