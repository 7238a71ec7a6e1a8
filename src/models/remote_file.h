// One file on a server: what is known of it, and how it comes here whole.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "clipcluster/model_store.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "models/digest.h"
#include "models/http.h"

namespace clipcluster::models {

struct RemoteFile {
  std::string url;
  std::optional<std::uint64_t> bytes;
  std::optional<DigestKind> digest_kind;  // none when the server states no digest
  std::string digest;
  std::string commit;
};

// Called with the bytes gained (may be negative: what was there already turned out wrong).
using ByteCount = std::function<void(std::int64_t)>;

class FileDownloader {
 public:
  FileDownloader(const DownloadModelOptions& options, Progress& progress);

  // What the server says of the file; not_found when it has none.
  Result<RemoteFile> describe(const std::string& url);

  // Brings the file to `target`, unless it is there. What a former attempt left in
  // <target>.<digest>.part is kept and continued; `gained` is told of it first. Tries again when the
  // connection breaks; after `attempts` without a byte gained it gives up. A file of another length or
  // digest than the server said is removed and fetched once more, then an error.
  Status fetch(const RemoteFile& file, const std::string& target, const ByteCount& gained);

 private:
  struct Attempt;
  Status fetch_once(const RemoteFile& file, const std::string& part, const ByteCount& gained);
  Attempt transfer(const RemoteFile& file, const std::string& part, const ByteCount& gained);
  Status verify(const RemoteFile& file, const std::string& part) const;
  // False when the person does not want to wait any longer.
  bool pause(int attempt, const HttpAnswer& answer) const;

  DownloadModelOptions options_;
  Progress& progress_;
  HttpClient client_;
};

}  // namespace clipcluster::models
