#include "clip/pickled_tensors.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace clipcluster::clip {
namespace {

struct Value;
using Ref = std::shared_ptr<const Value>;
// A dictionary is shared while it is being filled; only tensors and names enter it, so no value can come
// to contain itself.
using Tensors = std::map<std::string, PickledTensor>;

struct Nothing {};  // None, lists, floats, hooks: allowed, of no use
struct Function {
  std::string name;
};
struct Storage {
  std::string dtype;
  std::string key;
};
struct Tuple {
  std::vector<Ref> items;
};
struct Value {
  std::variant<Nothing, std::int64_t, std::string, Function, Storage, PickledTensor, Tuple,
               std::shared_ptr<Tensors>>
      content;
  int depth = 0;  // of tuples within tuples
};

constexpr int kDeepest = 8;
// Many tensors may share one tuple of sizes in the file, but not here: the limit keeps what a small file
// can ask for in bounds.
constexpr std::size_t kMostDimensions = 64;

constexpr std::array<std::pair<std::string_view, const char*>, 9> kStorages = {{
    {"torch.FloatStorage", "F32"},
    {"torch.HalfStorage", "F16"},
    {"torch.BFloat16Storage", "BF16"},
    {"torch.DoubleStorage", "F64"},
    {"torch.LongStorage", "I64"},
    {"torch.IntStorage", "I32"},
    {"torch.ShortStorage", "I16"},
    {"torch.ByteStorage", "U8"},
    {"torch.BoolStorage", "BOOL"},
}};

template <class Content>
Ref make(Content content, int depth = 0) {
  return std::make_shared<const Value>(Value{std::move(content), depth});
}

template <class Content>
const Content* as(const Ref& value) {
  return value ? std::get_if<Content>(&value->content) : nullptr;
}

const char* storage_dtype(const std::string& name) {
  for (const auto& [storage, dtype] : kStorages) {
    if (storage == name) return dtype;
  }
  return nullptr;
}

std::optional<std::vector<std::int64_t>> whole_numbers(const Ref& value) {
  const Tuple* tuple = as<Tuple>(value);
  if (tuple == nullptr) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const Ref& item : tuple->items) {
    const auto* number = as<std::int64_t>(item);
    if (number == nullptr || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])
Ref rebuild_tensor(const Tuple& arguments) {
  if (arguments.items.size() < 4) return nullptr;
  const Storage* storage = as<Storage>(arguments.items[0]);
  const auto* offset = as<std::int64_t>(arguments.items[1]);
  const auto shape = whole_numbers(arguments.items[2]);
  const auto strides = whole_numbers(arguments.items[3]);
  if (storage == nullptr || offset == nullptr || *offset < 0 || !shape || !strides ||
      shape->size() != strides->size() || shape->size() > kMostDimensions)
    return nullptr;
  return make(PickledTensor{storage->dtype, storage->key, *offset, *shape, *strides});
}

class Machine {
 public:
  Machine(std::span<const std::byte> program, const std::string& path) : program_(program), path_(path) {}

  Result<Tensors> run() {
    while (true) {
      if (at_ >= program_.size()) return damaged();
      const auto instruction = std::to_integer<unsigned char>(program_[at_++]);
      if (instruction == '.') return result();
      if (!step(instruction)) return problem_.is_ok() ? damaged() : problem_;
    }
  }

 private:
  Status damaged() const {
    return Status::corrupt(
        fmt::format("{}: its table of contents is not one that torch.save writes for a state dict", path_));
  }

  Result<Tensors> result() const {
    if (stack_.size() != 1) return damaged();
    const auto* tensors = as<std::shared_ptr<Tensors>>(stack_.back());
    if (tensors == nullptr || (*tensors)->empty()) return damaged();
    return **tensors;
  }

  // ---- reading
  std::optional<std::uint64_t> number(std::size_t bytes) {
    if (program_.size() - at_ < bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value |= std::to_integer<std::uint64_t>(program_[at_ + i]) << (8 * i);
    at_ += bytes;
    return value;
  }
  std::optional<std::string> text(std::optional<std::uint64_t> bytes) {
    if (!bytes || program_.size() - at_ < *bytes) return std::nullopt;
    std::string result(reinterpret_cast<const char*>(program_.data() + at_), *bytes);
    at_ += *bytes;
    return result;
  }
  std::optional<std::string> line() {
    std::string result;
    while (at_ < program_.size()) {
      const char c = static_cast<char>(program_[at_++]);
      if (c == '\n') return result;
      result += c;
    }
    return std::nullopt;
  }

  // ---- the stack
  bool push(Ref value) {
    if (!value) return false;
    stack_.push_back(std::move(value));
    return true;
  }
  Ref pop() {
    if (stack_.size() <= lowest()) return nullptr;
    Ref value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }
  // Below the last mark nothing may be taken.
  std::size_t lowest() const { return marks_.empty() ? 0 : marks_.back(); }
  std::optional<std::vector<Ref>> take(std::size_t count) {
    if (stack_.size() < lowest() + count) return std::nullopt;
    std::vector<Ref> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  std::optional<std::vector<Ref>> take_to_mark() {
    if (marks_.empty()) return std::nullopt;
    auto items = take(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  bool push_tuple(std::optional<std::vector<Ref>> items) {
    if (!items) return false;
    int depth = 0;
    for (const Ref& item : *items) depth = std::max(depth, item->depth + 1);
    return depth <= kDeepest && push(make(Tuple{std::move(*items)}, depth));
  }
  bool push_number(std::optional<std::uint64_t> value) {
    return value && push(make(static_cast<std::int64_t>(*value)));
  }
  // A signed number of one length byte and so many bytes.
  bool push_long() {
    const auto bytes = number(1);
    if (!bytes || *bytes > 8) return false;
    const auto value = number(*bytes);
    if (!value) return false;
    const auto unused = static_cast<unsigned>(64 - 8 * *bytes);
    if (unused == 64) return push(make(std::int64_t{0}));
    return push(make(static_cast<std::int64_t>(*value << unused) >> unused));
  }
  bool push_text(std::optional<std::string> value) { return value && push(make(std::move(*value))); }
  bool push_function(const std::optional<std::string>& module, const std::optional<std::string>& name) {
    return module && name && push(make(Function{*module + "." + *name}));
  }

  bool remember(std::optional<std::uint64_t> place) {
    if (!place || stack_.empty()) return false;
    memory_[*place] = stack_.back();
    return true;
  }
  bool recall(std::optional<std::uint64_t> place) {
    const auto found = place ? memory_.find(*place) : memory_.end();
    return found != memory_.end() && push(found->second);
  }

  // ---- what the instructions do
  bool set_items(const std::optional<std::vector<Ref>>& items) {
    if (!items || items->size() % 2 != 0 || stack_.size() <= lowest()) return false;
    const auto* tensors = as<std::shared_ptr<Tensors>>(stack_.back());
    if (tensors == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); i += 2) {
      const auto* key = as<std::string>((*items)[i]);
      const auto* tensor = as<PickledTensor>((*items)[i + 1]);
      if (key != nullptr && tensor != nullptr) (*tensors)->insert_or_assign(*key, *tensor);
    }
    return true;
  }

  bool call() {
    const Ref arguments = pop();
    const Ref callee = pop();
    const Tuple* tuple = as<Tuple>(arguments);
    const Function* function = as<Function>(callee);
    if (tuple == nullptr || function == nullptr) return false;
    if (function->name == "collections.OrderedDict" && tuple->items.empty())
      return push(make(std::make_shared<Tensors>()));
    if (function->name == "torch._utils._rebuild_tensor_v2") return push(rebuild_tensor(*tuple));
    if (function->name == "torch._utils._rebuild_parameter")
      return !tuple->items.empty() && push(tuple->items.front());
    problem_ = Status::unsupported(fmt::format(
        "{} wants to call {}; only tensors are read, and nothing is ever run", path_, function->name));
    return false;
  }

  // ('storage', <type>, key, location, elements)
  bool find_storage() {
    const Ref id = pop();
    const Tuple* tuple = as<Tuple>(id);
    if (tuple == nullptr || tuple->items.size() < 3) return false;
    const Function* type = as<Function>(tuple->items[1]);
    const auto* key = as<std::string>(tuple->items[2]);
    if (type == nullptr || key == nullptr) return false;
    const char* dtype = storage_dtype(type->name);
    if (dtype != nullptr) return push(make(Storage{dtype, *key}));
    problem_ = Status::unsupported(fmt::format("{} holds a {}, which cannot be read", path_, type->name));
    return false;
  }

  // The state of an object that was built: of no use.
  bool drop_state() { return pop() != nullptr; }
  bool append(const std::optional<std::vector<Ref>>& items) { return items && stack_.size() > lowest(); }

  bool step(unsigned char instruction) {
    switch (instruction) {
      case 0x80:  // PROTO
        return number(1).has_value();
      case 0x95:  // FRAME
        return number(8).has_value();
      case '}':
        return push(make(std::make_shared<Tensors>()));
      case ']':
      case 'N':
        return push(make(Nothing{}));
      case 0x88:  // NEWTRUE
        return push(make(std::int64_t{1}));
      case 0x89:  // NEWFALSE
        return push(make(std::int64_t{0}));
      case ')':
        return push_tuple(std::vector<Ref>());
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case 't':
        return push_tuple(take_to_mark());
      case 0x85:  // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return push_tuple(take(instruction - 0x84U));
      case 'q':
        return remember(number(1));
      case 'r':
        return remember(number(4));
      case 0x94:  // MEMOIZE
        return remember(memory_.size());
      case 'h':
        return recall(number(1));
      case 'j':
        return recall(number(4));
      case 'X':
        return push_text(text(number(4)));
      case 0x8c:  // SHORT_BINUNICODE
        return push_text(text(number(1)));
      case 'K':
        return push_number(number(1));
      case 'M':
        return push_number(number(2));
      case 'J': {
        const auto value = number(4);
        return value && push(make(std::int64_t{static_cast<std::int32_t>(*value)}));
      }
      case 0x8a:  // LONG1
        return push_long();
      case 'G':  // BINFLOAT
        return number(8).has_value() && push(make(Nothing{}));
      case 'c': {
        const auto module = line();
        return push_function(module, line());
      }
      case 'Q':  // BINPERSID
        return find_storage();
      case 'R':
        return call();
      case 'b':
        return drop_state();
      case 's':
        return set_items(take(2));
      case 'u':
        return set_items(take_to_mark());
      case 'a':
        return append(take(1));
      case 'e':
        return append(take_to_mark());
      default:
        return false;
    }
  }

  std::span<const std::byte> program_;
  const std::string& path_;
  std::size_t at_ = 0;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, Ref> memory_;
  Status problem_;
};

}  // namespace

Result<std::map<std::string, PickledTensor>> read_pickled_tensors(std::span<const std::byte> pickle,
                                                                  const std::string& path) {
  return Machine(pickle, path).run();
}

}  // namespace clipcluster::clip
