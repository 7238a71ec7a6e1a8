// An HTTP server on the loopback interface that behaves, and misbehaves, as the network does.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace clipcluster::testing {

struct ServedFile {
  std::string content;
  std::string etag;      // sent as x-linked-etag when it has 64 digits, else as etag
  std::string redirect;  // answered with 302 to this address instead
  int status = 200;      // answered with this and no content unless 200
  int failures = 0;      // so many requests get `failure_status` first
  int failure_status = 503;
  std::vector<std::size_t> broken_after;  // the next GETs close the connection after so many bytes
  bool ignores_ranges = false;
  bool stalls = false;  // headers, and then nothing
};

struct ServedRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
};

// Answers one request after another, each on a connection of its own.
class FileServer {
 public:
  FileServer();
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;
  ~FileServer();

  std::string address() const;  // "http://127.0.0.1:34567"
  void put(const std::string& path, ServedFile file);
  std::vector<ServedRequest> requests() const;

 private:
  void serve();
  void answer(int connection);
  void send_file(int connection, const ServedRequest& request, ServedFile& file) const;

  int socket_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, ServedFile> files_;
  std::vector<ServedRequest> requests_;
  std::thread thread_;
};

}  // namespace clipcluster::testing
