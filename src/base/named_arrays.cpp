#include "clipcluster/named_arrays.h"

#include <fmt/format.h>

namespace clipcluster {

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::u8:
      return 1;
    case ElementType::i32:
    case ElementType::f32:
      return 4;
    case ElementType::i64:
    case ElementType::f64:
      return 8;
  }
  return 0;
}

const char* element_type_name(ElementType type) {
  switch (type) {
    case ElementType::u8:
      return "u8";
    case ElementType::i32:
      return "i32";
    case ElementType::i64:
      return "i64";
    case ElementType::f32:
      return "f32";
    case ElementType::f64:
      return "f64";
  }
  return "";
}

Result<std::string> NamedArrays::text(const std::string& name) const {
  const auto found = texts_.find(name);
  if (found == texts_.end()) {
    return Status::not_found(fmt::format("the {} model has no entry '{}'", kind_, name));
  }
  return found->second;
}

Result<NamedArrays::Array> NamedArrays::find(const std::string& name, ElementType type) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) {
    return Status::not_found(fmt::format("the {} model has no array '{}'", kind_, name));
  }
  if (found->second.type != type) {
    return Status::corrupt(fmt::format("array '{}' of the {} model holds {} where {} was expected", name,
                                       kind_, element_type_name(found->second.type),
                                       element_type_name(type)));
  }
  return found->second;
}

}  // namespace clipcluster
