#include "pipeline/condition.h"

#include "pipeline/wildcards.h"

namespace clipcluster::internal {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// Reads "..." at the beginning of `text`; `end` is behind it, npos when nothing closes it.
std::string quoted(const std::string& text, std::size_t& end) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') {
      value += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '"') {
      value += text[++i];
    } else {
      end = i + 1;
      return value;
    }
  }
  end = std::string::npos;
  return value;
}

Status malformed(const std::string& text) {
  return Status::invalid_argument("the condition '" + text +
                                  "' cannot be read; write NAME = PATTERN or NAME != PATTERN, for example "
                                  "'path = */cats/*' or 'country = DE'");
}

}  // namespace

bool Condition::holds_for(const std::string& value) const {
  return wildcards_match(pattern, value) == equal;
}

bool Condition::holds_for_path(const std::string& path) const {
  const bool matches = wildcards_match(pattern, path) ||
                       (!pattern.starts_with('/') && wildcards_match("*/" + pattern, path));
  return matches == equal;
}

Result<Condition> parse_condition(const std::string& text) {
  Condition condition;
  condition.text = trimmed(text);
  std::string rest = condition.text;
  if (rest.starts_with('"')) {
    std::size_t end = 0;
    condition.name = quoted(rest, end);
    if (end == std::string::npos) return malformed(text);
    rest = trimmed(rest.substr(end));
  } else {
    const std::size_t end = rest.find_first_of("!=");
    if (end == std::string::npos) return malformed(text);
    condition.name = trimmed(rest.substr(0, end));
    rest = rest.substr(end);
  }
  condition.equal = rest.starts_with('=');
  if (condition.name.empty() || (!condition.equal && !rest.starts_with("!="))) return malformed(text);
  condition.pattern = trimmed(rest.substr(condition.equal ? 1 : 2));
  if (condition.pattern.starts_with('"')) {
    std::size_t end = 0;
    std::string value = quoted(condition.pattern, end);
    if (end == condition.pattern.size()) condition.pattern = std::move(value);
  }
  // "country == DE" asks for the value "= DE" by the letter, and never means it.
  if (condition.pattern.starts_with('=')) return malformed(text);
  return condition;
}

}  // namespace clipcluster::internal
