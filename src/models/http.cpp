#include "models/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "clipcluster/version.h"

namespace clipcluster::models {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kRedirections = 10;

// Once in a process, before any handle.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(started);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

struct Transfer {
  CURL* curl = nullptr;
  HttpAnswer answer;
  const HttpClient::Sink* sink = nullptr;
  const std::function<bool()>* cancelled = nullptr;
};

std::size_t take_header(char* line, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::string_view text(line, size * count);
  const auto colon = text.find(':');
  if (colon != std::string_view::npos)
    transfer.answer.headers.emplace(lower(text.substr(0, colon)), trimmed(text.substr(colon + 1)));
  return size * count;
}

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if ((*transfer.sink)(static_cast<int>(status), bytes, size * count)) return size * count;
  transfer.answer.rejected = true;
  return 0;
}

int watch(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& cancelled = *static_cast<Transfer*>(context)->cancelled;
  return cancelled && cancelled() ? 1 : 0;
}

std::string host_of(const std::string& url) {
  const auto start = url.find("://");
  if (start == std::string::npos) return {};
  return url.substr(start + 3, url.find('/', start + 3) - start - 3);
}

}  // namespace

struct HttpClient::Parts {
  HttpOptions options;
  CURL* curl = nullptr;

  void prepare(const std::string& url, Transfer& transfer) const;
  void perform(Transfer& transfer) const;
};

HttpClient::HttpClient(HttpOptions options) : parts_(std::make_unique<Parts>()) {
  start_curl();
  parts_->options = std::move(options);
  parts_->curl = curl_easy_init();
}

HttpClient::~HttpClient() { curl_easy_cleanup(parts_->curl); }

void HttpClient::Parts::prepare(const std::string& url, Transfer& transfer) const {
  curl_easy_reset(curl);
  transfer.curl = curl;
  transfer.cancelled = &options.cancelled;
  const bool secure = url.starts_with("https:");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  // What was asked for under encryption does not arrive without it.
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirections);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, fmt::format("clipcluster/{}", version()).c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, std::lround(options.stall_seconds)));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  if (options.token.empty()) return;
  curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
  curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, options.token.c_str());
}

void HttpClient::Parts::perform(Transfer& transfer) const {
  std::string buffer(CURL_ERROR_SIZE, '\0');
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, buffer.data());
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  transfer.answer.complete = code == CURLE_OK;
  if (code == CURLE_OK) return;
  const std::string text(buffer.c_str());
  transfer.answer.error = text.empty() ? curl_easy_strerror(code) : text;
}

HttpAnswer HttpClient::head(const std::string& url) {
  std::string address = url;
  HttpAnswer answer;
  for (long step = 0; step < kRedirections; ++step) {
    Transfer transfer;
    parts_->prepare(address, transfer);
    curl_easy_setopt(parts_->curl, CURLOPT_NOBODY, 1L);
    parts_->perform(transfer);
    answer = std::move(transfer.answer);
    char* target = nullptr;
    curl_easy_getinfo(parts_->curl, CURLINFO_REDIRECT_URL, &target);
    if (target == nullptr || host_of(target) != host_of(address)) return answer;
    address = target;
  }
  return answer;
}

HttpAnswer HttpClient::get(const std::string& url, std::uint64_t first, const Sink& sink) {
  Transfer transfer;
  transfer.sink = &sink;
  parts_->prepare(url, transfer);
  curl_easy_setopt(parts_->curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(parts_->curl, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(parts_->curl, CURLOPT_WRITEDATA, &transfer);
  const std::string range = fmt::format("{}-", first);
  if (first > 0) curl_easy_setopt(parts_->curl, CURLOPT_RANGE, range.c_str());
  parts_->perform(transfer);
  return std::move(transfer.answer);
}

}  // namespace clipcluster::models
