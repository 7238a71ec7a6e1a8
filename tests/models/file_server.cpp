#include "models/file_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace clipcluster::testing {
namespace {

void send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string read_head(int connection) {
  std::string text;
  char byte = 0;
  while (!text.ends_with("\r\n\r\n") && ::recv(connection, &byte, 1, 0) == 1) text += byte;
  return text;
}

ServedRequest parse(const std::string& head) {
  ServedRequest request;
  std::istringstream lines(head);
  lines >> request.method >> request.path;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

std::string tag_header(const ServedFile& file) {
  if (file.etag.empty()) return "";
  if (file.etag.size() != 64) return fmt::format("etag: \"{}\"\r\n", file.etag);
  return fmt::format("x-linked-etag: \"{}\"\r\nx-linked-size: {}\r\n", file.etag, file.content.size());
}

}  // namespace

FileServer::FileServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in place = {};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(place);
  const bool ready = ::bind(socket_, reinterpret_cast<sockaddr*>(&place), length) == 0 &&
                     ::listen(socket_, 16) == 0 &&
                     ::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &length) == 0;
  if (!ready) std::abort();
  port_ = ntohs(place.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FileServer::~FileServer() {
  stopping_ = true;
  thread_.join();
  ::close(socket_);
}

std::string FileServer::address() const { return fmt::format("http://127.0.0.1:{}", port_); }

void FileServer::put(const std::string& path, ServedFile file) {
  const std::lock_guard lock(mutex_);
  files_[path] = std::move(file);
}

std::vector<ServedRequest> FileServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FileServer::serve() {
  while (!stopping_) {
    pollfd waiting = {socket_, POLLIN, 0};
    if (::poll(&waiting, 1, 10) <= 0) continue;
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer(connection);
    ::close(connection);
  }
}

void FileServer::answer(int connection) {
  const ServedRequest request = parse(read_head(connection));
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  const auto found = files_.find(request.path);
  if (found == files_.end()) {
    send_all(connection, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    return;
  }
  send_file(connection, request, found->second);
}

void FileServer::send_file(int connection, const ServedRequest& request, ServedFile& file) const {
  const auto refuse = [&](int status, const std::string& more) {
    send_all(connection, fmt::format("HTTP/1.1 {} No\r\n{}content-length: 0\r\nconnection: close\r\n\r\n",
                                     status, more));
  };
  if (file.failures > 0) {
    --file.failures;
    return refuse(file.failure_status, "");
  }
  if (!file.redirect.empty()) return refuse(302, tag_header(file) + "location: " + file.redirect + "\r\n");
  if (file.status != 200) return refuse(file.status, "");

  std::size_t first = 0;
  const auto range = request.headers.find("range");
  const bool partial = range != request.headers.end() && !file.ignores_ranges;
  if (partial)
    first = std::strtoull(range->second.c_str() + std::string_view("bytes=").size(), nullptr, 10);
  if (partial && first >= file.content.size()) return refuse(416, "");
  std::string head = partial ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
  head += fmt::format("x-repo-commit: c0ffee\r\n{}content-length: {}\r\nconnection: close\r\n\r\n",
                      tag_header(file), file.content.size() - first);
  send_all(connection, head);
  if (request.method == "HEAD") return;
  std::string_view body = std::string_view(file.content).substr(first);
  if (file.stalls) {
    for (int wait = 0; wait < 300 && !stopping_; ++wait)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return;
  }
  if (!file.broken_after.empty()) {
    body = body.substr(0, file.broken_after.front());
    file.broken_after.erase(file.broken_after.begin());
  }
  send_all(connection, body);
}

}  // namespace clipcluster::testing
