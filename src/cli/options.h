// Options that check their values while they are parsed, with sentences that say what is allowed.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::cli {

struct CommonOptions {
  int threads = 0;                 // 0: all cores
  std::uint64_t memory_limit = 0;  // bytes; 0: what the machine can give
  std::uint64_t seed = 42;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
};

// --threads, --memory-limit, --seed, -q, -v and --json, which every subcommand has.
void add_common_options(CLI::App& command, CommonOptions& common);

struct WholeRange {
  int smallest = 0;
  int largest = std::numeric_limits<int>::max();
};
CLI::Option* add_whole_number(CLI::App& command, const std::string& name, int& target,
                              const std::string& help, WholeRange range);
CLI::Option* add_whole_number(CLI::App& command, const std::string& name, std::optional<int>& target,
                              const std::string& help, WholeRange range);
CLI::Option* add_byte_count(CLI::App& command, const std::string& name, std::uint64_t& target,
                            const std::string& help);
// Bytes, also as 800M, 4G or 1.5T.
CLI::Option* add_memory_size(CLI::App& command, const std::string& name, std::uint64_t& target,
                             const std::string& help);

struct RealRange {
  double smallest = 0.0;
  double largest = std::numeric_limits<double>::max();
  bool open_below = false;  // the smallest value itself is not allowed
  bool open_above = false;
};
CLI::Option* add_real_number(CLI::App& command, const std::string& name, double& target,
                             const std::string& help, RealRange range);

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& target,
                        const std::string& help, std::vector<std::string> choices);

// "Example:" below the help of a subcommand.
void add_example(CLI::App& command, const std::string& example);

// UsageError if one of `names` was given together with --load-model: the model has it already.
void reject_beside_load_model(const CLI::App& command, std::initializer_list<const char*> names);

// CLI11 takes the argument "[a,b]" of a repeatable option apart. protect_brackets changes such
// arguments so that it does not; restore_brackets makes every option of `program` and of its
// subcommands change them back.
std::vector<std::string> protect_brackets(int argc, char** argv);
void restore_brackets(CLI::App& program);

}  // namespace clipcluster::cli
