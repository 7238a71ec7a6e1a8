// The header of a model file carries a checksum, which no fuzzer guesses: the bytes are read once as they
// are and once with length and checksum put right.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <vector>

#include "clipcluster/array_files.h"
#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

constexpr std::size_t kPreamble = 32;
constexpr std::size_t kHeaderBytes = 16;  // where the header's length stands
constexpr std::size_t kHeaderHash = 24;

void read(Bytes bytes) {
  const MemoryFile file(bytes);
  const auto arrays = read_model(file.path(), "umap", 3);
  require_sentence(arrays.status());
  if (!arrays.is_ok()) return;
  require(arrays->kind() == "umap" && arrays->version() <= 3, "another kind or version is refused");
  unsigned sum = 0;
  for (const auto& [name, array] : arrays->arrays()) {
    const std::size_t size = array.rows * array.cols * element_size(array.type);
    require(size <= bytes.size(), "an array lies inside the file");
    for (std::size_t i = 0; i < size; ++i) sum += static_cast<const std::uint8_t*>(array.data)[i];
  }
  volatile unsigned kept = sum;  // so that the elements are really read
  static_cast<void>(kept);
}

std::vector<std::uint8_t> with_right_header(Bytes bytes) {
  std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
  std::uint64_t length = 0;
  std::memcpy(&length, file.data() + kHeaderBytes, sizeof length);
  if (length > file.size() - kPreamble) length = file.size() - kPreamble;
  const std::uint64_t hash = XXH3_64bits(file.data() + kPreamble, length);
  std::memcpy(file.data() + kHeaderBytes, &length, sizeof length);
  std::memcpy(file.data() + kHeaderHash, &hash, sizeof hash);
  return file;
}

}  // namespace

void model_file(Bytes bytes) {
  read(bytes);
  if (bytes.size() > kPreamble) read(with_right_header(bytes));
}

}  // namespace clipcluster::fuzz
