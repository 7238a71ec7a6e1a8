#include <fmt/format.h>

#include "clipcluster/version.h"

int main() { fmt::print("clipcluster {}\n", clipcluster::version()); }
