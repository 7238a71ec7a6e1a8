#include "cli/options.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "cli/usage_error.h"

namespace clipcluster::cli {
namespace {

template <class Number>
std::optional<Number> parse_number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string allowed(WholeRange range) {
  if (range.largest == std::numeric_limits<int>::max())
    return fmt::format("a whole number of at least {}", range.smallest);
  return fmt::format("a whole number from {} to {}", range.smallest, range.largest);
}

std::string allowed(RealRange range) {
  const char* above = range.open_below ? "above" : "of at least";
  if (range.largest == std::numeric_limits<double>::max())
    return fmt::format("a number {} {}", above, range.smallest);
  return fmt::format("a number {} {} and {} {}", above, range.smallest,
                     range.open_above ? "below" : "at most", range.largest);
}

CLI::Validator whole_number_in(WholeRange range) {
  return CLI::Validator(
      [range](std::string& text) {
        const auto value = parse_number<int>(text);
        if (value && *value >= range.smallest && *value <= range.largest) return std::string();
        return fmt::format("'{}' cannot be used; give {}", text, allowed(range));
      },
      "");
}

CLI::Validator real_number_in(RealRange range) {
  return CLI::Validator(
      [range](std::string& text) {
        const auto value = parse_number<double>(text);
        const bool fits = value && std::isfinite(*value) && *value >= range.smallest &&
                          *value <= range.largest && !(range.open_below && *value == range.smallest) &&
                          !(range.open_above && *value == range.largest);
        return fits ? std::string() : fmt::format("'{}' cannot be used; give {}", text, allowed(range));
      },
      "");
}

template <class Number>
CLI::Validator unsigned_number(const char* remedy) {
  return CLI::Validator(
      [remedy](std::string& text) {
        return parse_number<Number>(text) ? std::string()
                                          : fmt::format("'{}' cannot be used; give {}", text, remedy);
      },
      "");
}

constexpr double largest_memory_size = 1e15;

std::optional<std::uint64_t> parse_memory_size(std::string text) {
  static const std::map<char, double> factors = {{'K', 1e3}, {'M', 1e6}, {'G', 1e9}, {'T', 1e12}};
  if (text.ends_with('B')) text.pop_back();
  const auto factor =
      text.empty() ? factors.end() : factors.find(static_cast<char>(std::toupper(text.back())));
  if (factor != factors.end()) text.pop_back();
  const auto number = parse_number<double>(text);
  if (!number || !(*number > 0) || std::isinf(*number)) return std::nullopt;
  const double bytes = *number * (factor != factors.end() ? factor->second : 1.0);
  if (bytes < 1 || bytes > largest_memory_size) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

constexpr char bracket_guard = '\x01';

std::string without_guard(const std::string& text) {
  const bool guarded = !text.empty() && text[0] == bracket_guard;
  return {text, guarded ? std::size_t{1} : std::size_t{0}};
}

}  // namespace

void add_common_options(CLI::App& command, CommonOptions& common) {
  const std::string group = "Common options";
  add_whole_number(command, "--threads", common.threads, "Threads to use; 0 is all cores", {0, 4096})
      ->group(group);
  add_memory_size(command, "--memory-limit", common.memory_limit,
                  "Memory to use at most; steps that need more are refused")
      ->group(group);
  command.add_option("--seed", common.seed, "Seed of everything random")
      ->capture_default_str()
      ->type_name("S")
      ->check(unsigned_number<std::uint64_t>("a whole number of at least 0"))
      ->group(group);
  command.add_flag("-q,--quiet", common.quiet, "No progress and no notes; errors only")->group(group);
  command.add_flag("-v,--verbose", common.verbose, "Say more about what is done")->group(group);
  command.add_flag("--json", common.json, "One machine-readable result on standard output")->group(group);
}

CLI::Option* add_whole_number(CLI::App& command, const std::string& name, int& target,
                              const std::string& help, WholeRange range) {
  return command.add_option(name, target, help)
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number_in(range));
}

CLI::Option* add_whole_number(CLI::App& command, const std::string& name, std::optional<int>& target,
                              const std::string& help, WholeRange range) {
  return command
      .add_option_function<int>(
          name, [&target](int value) { target = value; }, help)
      ->type_name("N")
      ->check(whole_number_in(range));
}

CLI::Option* add_byte_count(CLI::App& command, const std::string& name, std::uint64_t& target,
                            const std::string& help) {
  return command.add_option(name, target, help)
      ->capture_default_str()
      ->type_name("N")
      ->check(unsigned_number<std::uint64_t>("a whole number of at least 0"));
}

CLI::Option* add_memory_size(CLI::App& command, const std::string& name, std::uint64_t& target,
                             const std::string& help) {
  return command
      .add_option_function<std::string>(
          name, [&target](const std::string& text) { target = parse_memory_size(text).value_or(0); }, help)
      ->type_name("SIZE")
      ->check(CLI::Validator(
          [](std::string& text) {
            return parse_memory_size(text)
                       ? std::string()
                       : fmt::format("'{}' cannot be used; give a number of bytes, for example 800M or 4G",
                                     text);
          },
          ""));
}

CLI::Option* add_real_number(CLI::App& command, const std::string& name, double& target,
                             const std::string& help, RealRange range) {
  return command.add_option(name, target, help)
      ->capture_default_str()
      ->type_name("X")
      ->check(real_number_in(range));
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& target,
                        const std::string& help, std::vector<std::string> choices) {
  const std::string list = fmt::format("{}", fmt::join(choices, "|"));
  return command.add_option(name, target, help)
      ->capture_default_str()
      ->type_name(list)
      ->check(CLI::Validator(
          [choices = std::move(choices)](std::string& text) {
            for (const std::string& choice : choices) {
              if (text == choice) return std::string();
            }
            return fmt::format("'{}' is not known; give {}", text, fmt::join(choices, " or "));
          },
          ""));
}

void add_example(CLI::App& command, const std::string& example) {
  command.footer("Example:\n  " + example);
}

void reject_beside_load_model(const CLI::App& command, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (command.get_option(name)->count() == 0) continue;
    throw UsageError(
        fmt::format("{} cannot be given together with --load-model: the model was fitted with its own; "
                    "leave one of the two out",
                    name));
  }
}

std::vector<std::string> protect_brackets(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments) {
    const bool guarded = !argument.empty() && (argument[0] == '[' || argument[0] == bracket_guard);
    if (guarded) argument = fmt::format("{}{}", bracket_guard, argument);
  }
  return arguments;
}

void restore_brackets(CLI::App& program) {
  for (CLI::Option* option : program.get_options()) {
    option->transform([](const std::string& text) { return without_guard(text); });
  }
  for (CLI::App* command : program.get_subcommands([](CLI::App*) { return true; }))
    restore_brackets(*command);
}

}  // namespace clipcluster::cli
