// Running the built program, and small inputs for it.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "clipcluster/matrix.h"
#include "support/support.h"

namespace clipcluster::testing {

struct Outcome {
  int code = -1;  // exit code; 128 + signal if it was killed
  std::string out;
  std::string err;
};

// Runs clipcluster with these arguments and waits for its end.
Outcome run_program(const std::vector<std::string>& arguments, const std::string& input = "");

// Starts it, sends SIGINT as soon as `sign` stands in what it writes to stderr, and waits.
Outcome run_and_interrupt(const std::vector<std::string>& arguments, const std::string& sign);

// `groups` clouds of `rows_per_group` points each, far apart.
MatrixF grouped_points(std::size_t groups, std::size_t rows_per_group, std::size_t columns);

// The header of a .npy file, its padding left out: "{'descr': '<f4', ...}".
std::string npy_header(const std::string& path);

// A JPEG of stripes; the same arguments give the same bytes. `kind` decides colour and direction.
void write_picture(const std::string& path, int kind, int variant);

}  // namespace clipcluster::testing
