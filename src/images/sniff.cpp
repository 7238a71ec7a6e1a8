#include "images/sniff.h"

#include <algorithm>
#include <array>
#include <string>

namespace clipcluster {
namespace {

using namespace std::string_view_literals;

// The bytes at `at`, or fewer at the end.
std::string_view text_at(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count) {
  if (at >= bytes.size()) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + at, std::min(count, bytes.size() - at)};
}

struct Signature {
  std::string_view start;
  ImageFormat format;
  const char* name;
};

constexpr std::array kSignatures = {
    Signature{"\xff\xd8\xff"sv, ImageFormat::jpeg, "jpeg"},
    Signature{"\x89PNG\r\n\x1a\n\0\0\0\4CgBI"sv, ImageFormat::unsupported, "Apple's private PNG"},
    Signature{"\x89PNG\r\n\x1a\n"sv, ImageFormat::png, "png"},
    Signature{"GIF87a"sv, ImageFormat::gif, "gif"},
    Signature{"GIF89a"sv, ImageFormat::gif, "gif"},
    Signature{"II*\0\x10\0\0\0CR\2"sv, ImageFormat::raw, "raw"},
    Signature{"IIRO"sv, ImageFormat::raw, "raw"},
    Signature{"IIRS"sv, ImageFormat::raw, "raw"},
    Signature{"MMOR"sv, ImageFormat::raw, "raw"},
    Signature{"IIU\0"sv, ImageFormat::raw, "raw"},
    Signature{"FUJIFILMCCD-RAW"sv, ImageFormat::raw, "raw"},
    Signature{"\0MRM"sv, ImageFormat::unsupported, "Minolta's camera raw"},
    Signature{"FOVb"sv, ImageFormat::unsupported, "Sigma's camera raw"},
    Signature{"II*\0"sv, ImageFormat::tiff, "tiff"},
    Signature{"MM\0*"sv, ImageFormat::tiff, "tiff"},
    Signature{"II+\0"sv, ImageFormat::tiff, "tiff"},
    Signature{"MM\0+"sv, ImageFormat::tiff, "tiff"},
    Signature{"\xff\x0a"sv, ImageFormat::jxl, "jxl"},
    Signature{"\0\0\0\x0cJXL \r\n\x87\n"sv, ImageFormat::jxl, "jxl"},
    Signature{"\0\0\0\x0cjP  \r\n\x87\n"sv, ImageFormat::unsupported, "JPEG 2000"},
    Signature{"\xff\x4f\xff\x51"sv, ImageFormat::unsupported, "JPEG 2000"},
    Signature{"8BPS"sv, ImageFormat::unsupported, "Photoshop"},
    Signature{"\0\0\1\0"sv, ImageFormat::unsupported, "Windows icon"},
    Signature{"\0\0\2\0"sv, ImageFormat::unsupported, "Windows cursor"},
    Signature{"qoif"sv, ImageFormat::unsupported, "QOI"},
    Signature{"DDS "sv, ImageFormat::unsupported, "DirectDraw surface"},
    Signature{"\x76\x2f\x31\x01"sv, ImageFormat::unsupported, "OpenEXR"},
    Signature{"#?RADIANCE"sv, ImageFormat::unsupported, "Radiance"},
    Signature{"gimp xcf"sv, ImageFormat::unsupported, "GIMP"},
    Signature{"FORM"sv, ImageFormat::unsupported, "IFF"},
    Signature{"\x01\xda\x00"sv, ImageFormat::unsupported, "SGI"},
    Signature{"\x01\xda\x01"sv, ImageFormat::unsupported, "SGI"},
    Signature{"\x59\xa6\x6a\x95"sv, ImageFormat::unsupported, "Sun raster"},
    Signature{"\x8aMNG"sv, ImageFormat::unsupported, "MNG"},
    Signature{"icns"sv, ImageFormat::unsupported, "Apple icon"},
    Signature{"\xd7\xcd\xc6\x9a"sv, ImageFormat::unsupported, "Windows metafile"},
    Signature{"<svg"sv, ImageFormat::unsupported, "SVG"},
};

// "BM" alone is too weak: text may begin so. The info header's size must be one that exists.
bool is_bmp(std::span<const std::uint8_t> start) {
  if (text_at(start, 0, 2) != "BM"sv || start.size() < 18) return false;
  constexpr std::array sizes = {12, 16, 40, 52, 56, 64, 108, 124};
  const int size = start[14] | start[15] << 8 | start[16] << 16;
  return start[17] == 0 && std::find(sizes.begin(), sizes.end(), size) != sizes.end();
}

// Netpbm: P1..P7 and white space. A comment may stand there too.
bool is_netpbm(std::span<const std::uint8_t> start) {
  return start.size() >= 3 && start[0] == 'P' && start[1] >= '1' && start[1] <= '7' &&
         (start[2] == ' ' || start[2] == '\n' || start[2] == '\r' || start[2] == '\t' || start[2] == '#');
}

// ISO/IEC 23008-12: the brands of the "ftyp" box, the major one first.
SniffedFormat sniff_iso_media(std::span<const std::uint8_t> start) {
  if (text_at(start, 4, 4) != "ftyp"sv) return {};
  if (text_at(start, 8, 3) == "crx"sv) return {ImageFormat::raw, "raw"};
  const std::size_t box = std::min<std::size_t>(start.size(), std::size_t{start[2]} << 8 | start[3]);
  bool heif = false;
  for (std::size_t at = 8; at + 4 <= box; at += at == 8 ? 8 : 4) {
    const std::string_view brand = text_at(start, at, 4);
    if (brand == "avif"sv || brand == "avis"sv) return {ImageFormat::avif, "avif"};
    constexpr std::array brands = {"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv,
                                   "heis"sv, "hevm"sv, "hevs"sv, "mif1"sv, "msf1"sv};
    heif = heif || std::find(brands.begin(), brands.end(), brand) != brands.end();
  }
  return heif ? SniffedFormat{ImageFormat::heif, "heif"} : SniffedFormat{};
}

// Targa has no signature at its start; version 2 has one at its end.
bool is_targa(std::span<const std::uint8_t> file) {
  return file.size() >= 44 && text_at(file, file.size() - 18, 16) == "TRUEVISION-XFILE"sv;
}

constexpr std::array kExtensions = {
    "jpg"sv, "jpeg"sv, "jpe"sv,  "jfif"sv, "png"sv, "apng"sv, "gif"sv, "webp"sv, "tif"sv, "tiff"sv,
    "bmp"sv, "dib"sv,  "heic"sv, "heif"sv, "hif"sv, "avif"sv, "jxl"sv, "jp2"sv,  "j2k"sv, "jpx"sv,
    "jpc"sv, "j2c"sv,  "psd"sv,  "ico"sv,  "cur"sv, "tga"sv,  "pbm"sv, "pgm"sv,  "ppm"sv, "pnm"sv,
    "pam"sv, "qoi"sv,  "svg"sv,  "svgz"sv, "exr"sv, "hdr"sv,  "xcf"sv, "dds"sv,  "cr2"sv, "cr3"sv,
    "nef"sv, "arw"sv,  "dng"sv,  "orf"sv,  "rw2"sv, "raf"sv,  "pef"sv, "sr2"sv,  "mpo"sv, "icns"sv,
    "srw"sv, "srf"sv,  "nrw"sv,  "3fr"sv,  "erf"sv, "kdc"sv,  "dcr"sv, "mrw"sv,  "x3f"sv, "rwl"sv,
    "crw"sv, "iiq"sv,  "mef"sv,  "mos"sv,
};

}  // namespace

const char* image_format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "jpeg";
    case ImageFormat::png:
      return "png";
    case ImageFormat::gif:
      return "gif";
    case ImageFormat::webp:
      return "webp";
    case ImageFormat::tiff:
      return "tiff";
    case ImageFormat::bmp:
      return "bmp";
    case ImageFormat::heif:
      return "heif";
    case ImageFormat::avif:
      return "avif";
    case ImageFormat::jxl:
      return "jxl";
    case ImageFormat::raw:
      return "raw";
    case ImageFormat::none:
    case ImageFormat::unsupported:
      break;
  }
  return "";
}

SniffedFormat sniff_format(std::span<const std::uint8_t> start) {
  for (const Signature& signature : kSignatures) {
    if (text_at(start, 0, signature.start.size()) == signature.start) {
      return {signature.format, signature.name};
    }
  }
  if (text_at(start, 0, 4) == "RIFF"sv && text_at(start, 8, 4) == "WEBP"sv) {
    return {ImageFormat::webp, "webp"};
  }
  if (is_bmp(start)) return {ImageFormat::bmp, "bmp"};
  if (is_netpbm(start)) return {ImageFormat::unsupported, "Netpbm"};
  if (is_targa(start)) return {ImageFormat::unsupported, "Targa"};
  return sniff_iso_media(start);
}

bool has_image_extension(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return false;
  std::string extension(name.substr(dot + 1));
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace clipcluster
