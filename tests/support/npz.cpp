#include "support/npz.h"

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "support/support.h"

namespace clipcluster::testing {
namespace {

template <class T>
T read_at(const std::string& bytes, std::size_t offset) {
  if (offset + sizeof(T) > bytes.size()) throw std::runtime_error("npz: cut off");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::string inflate_raw(const std::string& packed, std::size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("npz: zlib");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int outcome = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (outcome != Z_STREAM_END) throw std::runtime_error("npz: bad deflate stream");
  return out;
}

template <class T>
std::vector<double> values_of(const std::string& bytes, std::size_t offset, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<double>(read_at<T>(bytes, offset + i * sizeof(T)));
  }
  return values;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) throw std::runtime_error("npz: header lacks " + from);
  const std::size_t start = begin + from.size();
  return text.substr(start, text.find(to, start) - start);
}

NpyArray parse_npy(const std::string& bytes) {
  const bool first_version = read_at<std::uint8_t>(bytes, 6) == 1;
  const std::size_t header_at = first_version ? 10 : 12;
  const std::size_t header_size =
      first_version ? read_at<std::uint16_t>(bytes, 8) : read_at<std::uint32_t>(bytes, 8);
  const std::string header = bytes.substr(header_at, header_size);
  if (header.find("'fortran_order': False") == std::string::npos) {
    throw std::runtime_error("npz: Fortran order");
  }
  NpyArray array;
  std::size_t count = 1;
  const std::string shape = between(header, "'shape': (", ")");
  for (std::size_t at = 0; at < shape.size();) {
    std::size_t used = 0;
    array.shape.push_back(std::stoul(shape.substr(at), &used));
    count *= array.shape.back();
    at = shape.find(',', at);
    at = at == std::string::npos ? shape.size() : shape.find_first_not_of(", ", at);
    if (at == std::string::npos) break;
  }
  const std::string type = between(header, "'descr': '", "'").substr(1);
  const std::size_t data = header_at + header_size;
  if (type == "f8")
    array.values = values_of<double>(bytes, data, count);
  else if (type == "f4")
    array.values = values_of<float>(bytes, data, count);
  else if (type == "i8")
    array.values = values_of<std::int64_t>(bytes, data, count);
  else if (type == "i4")
    array.values = values_of<std::int32_t>(bytes, data, count);
  else if (type == "u1" || type == "b1")
    array.values = values_of<std::uint8_t>(bytes, data, count);
  else
    throw std::runtime_error("npz: element type " + type);
  return array;
}

}  // namespace

std::map<std::string, NpyArray> read_npz(const std::string& path) {
  const std::string zip = read_text_file(path);
  const std::size_t end = zip.rfind("PK\5\6");
  if (end == std::string::npos) throw std::runtime_error(path + " is not an npz file");
  std::size_t at = read_at<std::uint32_t>(zip, end + 16);  // the central directory
  const std::size_t count = read_at<std::uint16_t>(zip, end + 10);
  std::map<std::string, NpyArray> arrays;
  for (std::size_t i = 0; i < count; ++i) {
    const bool deflated = read_at<std::uint16_t>(zip, at + 10) == 8;
    const std::size_t packed_size = read_at<std::uint32_t>(zip, at + 20);
    const std::size_t size = read_at<std::uint32_t>(zip, at + 24);
    const std::size_t name_size = read_at<std::uint16_t>(zip, at + 28);
    const std::size_t local = read_at<std::uint32_t>(zip, at + 42);
    const std::string name = zip.substr(at + 46, name_size);
    at += 46 + name_size + read_at<std::uint16_t>(zip, at + 30) + read_at<std::uint16_t>(zip, at + 32);
    const std::size_t data =
        local + 30 + read_at<std::uint16_t>(zip, local + 26) + read_at<std::uint16_t>(zip, local + 28);
    const std::string packed = zip.substr(data, packed_size);
    arrays[name.substr(0, name.rfind(".npy"))] = parse_npy(deflated ? inflate_raw(packed, size) : packed);
  }
  return arrays;
}

}  // namespace clipcluster::testing
