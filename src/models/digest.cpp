#include "models/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "base/system_error.h"

namespace clipcluster::models {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string hexadecimal(const unsigned char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

}  // namespace

Result<std::string> file_digest(const std::string& path, DigestKind kind) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return internal::system_error("read", path, errno);
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const EVP_MD* algorithm = kind == DigestKind::sha256 ? EVP_sha256() : EVP_sha1();
  if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1)
    return Status::internal("the cryptographic library cannot compute digests on this system");
  if (kind == DigestKind::git_blob) {
    const std::string header = fmt::format("blob {}", std::filesystem::file_size(path));
    EVP_DigestUpdate(context.get(), header.c_str(), header.size() + 1);  // with the final zero
  }
  std::vector<char> block(kBlock);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return internal::system_error("read", path, errno);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &length);
  return hexadecimal(digest.data(), length);
}

}  // namespace clipcluster::models
