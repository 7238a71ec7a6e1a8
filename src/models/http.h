// HTTP as a download needs it: the headers of a file, and its bytes from some place on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::models {

struct HttpOptions {
  std::string token;  // as a bearer token; curl sends it to the first host only, not where it is redirected
  double stall_seconds = 30.0;
  std::function<bool()> cancelled;
};

struct HttpAnswer {
  int status = 0;                              // of the last response; 0: there was none
  std::map<std::string, std::string> headers;  // names in lower case; with redirections followed, of all
                                               // responses, and the first of a name stays
  bool complete = false;                       // the whole body arrived
  bool rejected = false;                       // the sink wanted no more
  std::string error;                           // why there is no response, or why it broke off
};

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Headers only; redirections within the same host are followed, the first to another one is not: it
  // leads to where the bytes are, and the headers of this answer describe them.
  HttpAnswer head(const std::string& url);

  // False ends the transfer. `status` is that of the response the bytes belong to.
  using Sink = std::function<bool(int status, const char* bytes, std::size_t count)>;
  // The body from byte `first` on (asked for with Range when `first` is above 0), redirections followed.
  HttpAnswer get(const std::string& url, std::uint64_t first, const Sink& sink);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace clipcluster::models
