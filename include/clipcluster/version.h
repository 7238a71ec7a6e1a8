#pragma once

namespace clipcluster {

// "major.minor.patch" of the library that is linked.
const char* version();

}  // namespace clipcluster
