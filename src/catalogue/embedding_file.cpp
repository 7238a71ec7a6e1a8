#include "catalogue/embedding_file.h"

#include <bit>
#include <cstring>
#include <utility>

namespace clipcluster::internal {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr std::uint32_t kVersion = 1;

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t size;  // columns
  char fingerprint[64];
  char precision[16];
  std::uint64_t checksum;  // FNV-1a of all that stands before
};
static_assert(sizeof(Header) == 104);

std::uint64_t checksum_of(const Header& header) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&header);
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (std::size_t i = 0; i < offsetof(Header, checksum); ++i) hash = (hash ^ bytes[i]) * 0x100000001B3ULL;
  return hash;
}

Header header_for(const EmbeddingSpace& space) {
  Header header{};
  std::memcpy(header.magic, "CCEMBED\n", sizeof header.magic);
  header.version = kVersion;
  header.size = static_cast<std::uint32_t>(space.size);
  space.fingerprint.copy(header.fingerprint, sizeof header.fingerprint);
  space.precision.copy(header.precision, sizeof header.precision);
  header.checksum = checksum_of(header);
  return header;
}

Status check_header(const std::string& path, std::span<const std::uint8_t> bytes,
                    const EmbeddingSpace& space) {
  const std::string remedy = " Run clipcluster run again to embed the images anew.";
  if (bytes.size() < EmbeddingFile::kHeaderBytes) {
    return Status::corrupt(path + " is cut off within its header." + remedy);
  }
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, "CCEMBED\n", sizeof header.magic) != 0) {
    return Status::corrupt(path + " is not a file of embeddings." + remedy);
  }
  if (header.version > kVersion) {
    return Status::unsupported(path + " has version " + std::to_string(header.version) +
                               ", made by a newer clipcluster; this one reads version " +
                               std::to_string(kVersion) + ". Update clipcluster.");
  }
  if (header.checksum != checksum_of(header)) {
    return Status::corrupt(path + " has a damaged header." + remedy);
  }
  const Header expected = header_for(space);
  if (std::memcmp(&header, &expected, sizeof header) != 0) {
    return Status::corrupt(
        path + " does not belong to this catalogue: it holds embeddings of another model." + remedy);
  }
  return {};
}

}  // namespace

Result<EmbeddingFile> EmbeddingFile::create(const std::string& path, const EmbeddingSpace& space) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(PosixFile file, PosixFile::open(path, PosixFile::Mode::write));
  CLIPCLUSTER_RETURN_IF_ERROR(file.truncate(0));
  std::vector<std::byte> page(kHeaderBytes);
  const Header header = header_for(space);
  std::memcpy(page.data(), &header, sizeof header);
  CLIPCLUSTER_RETURN_IF_ERROR(file.write_at(0, page));
  CLIPCLUSTER_RETURN_IF_ERROR(file.sync());
  return EmbeddingFile(std::move(file), static_cast<std::size_t>(space.size));
}

Result<EmbeddingFile> EmbeddingFile::open(const std::string& path, const EmbeddingSpace& space,
                                          PosixFile::Mode mode) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(PosixFile file, PosixFile::open(path, mode));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::uint8_t> bytes, file.read_at(0, kHeaderBytes));
  CLIPCLUSTER_RETURN_IF_ERROR(check_header(path, bytes, space));
  return EmbeddingFile(std::move(file), static_cast<std::size_t>(space.size));
}

Result<std::uint64_t> EmbeddingFile::rows() const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::uint64_t bytes, file_.size());
  return bytes < kHeaderBytes ? 0 : (bytes - kHeaderBytes) / (size_ * sizeof(float));
}

Status EmbeddingFile::write_rows(std::uint64_t first, std::span<const float> values) {
  return file_.write_at(offset_of(first), std::as_bytes(values));
}

Status EmbeddingFile::keep_rows(std::uint64_t rows) { return file_.truncate(offset_of(rows)); }

Result<SharedMatrix<float>> EmbeddingFile::map(std::uint64_t rows) const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::shared_ptr<const void> memory,
                               file_.map(static_cast<std::size_t>(offset_of(rows))));
  const auto* first =
      reinterpret_cast<const float*>(static_cast<const unsigned char*>(memory.get()) + kHeaderBytes);
  return SharedMatrix<float>(std::move(memory),
                             MatrixView<const float>(first, static_cast<std::size_t>(rows), size_));
}

}  // namespace clipcluster::internal
