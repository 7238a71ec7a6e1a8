#include "clip/preprocessor_config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "clip/json_file.h"

namespace clipcluster::clip {
namespace {

constexpr int kLargestSide = 8192;
constexpr int kBicubic = 3;  // PIL.Image.BICUBIC

Status read_sides(const Json& object, const std::string& file, int& width, int& height) {
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "width", file, 1, kLargestSide, width));
  return read_int(object, "height", file, 1, kLargestSide, height);
}

// A number or "shortest_edge" keeps the proportions; "height" and "width" do not.
Status read_size(const Json& json, const std::string& path, PreprocessOptions& options) {
  const auto found = json.find("size");
  if (found == json.end() || found->is_null()) return {};
  options.resize_width = 0;
  options.resize_height = 0;
  if (!found->is_object()) {
    return read_int(json, "size", path, 1, kLargestSide, options.shortest_edge);
  }
  const std::string file = path + ", size";
  if (found->contains("shortest_edge") && !found->contains("longest_edge")) {
    return read_int(*found, "shortest_edge", file, 1, kLargestSide, options.shortest_edge);
  }
  CLIPCLUSTER_RETURN_IF_ERROR(read_sides(*found, file, options.resize_width, options.resize_height));
  if (options.resize_width > 0 && options.resize_height > 0) return {};
  return Status::unsupported(
      fmt::format("{} is {}; a number, shortest_edge, or height and width are supported", file,
                  found->dump(-1, ' ', true, Json::error_handler_t::replace)));
}

Status read_crop_size(const Json& json, const std::string& path, PreprocessOptions& options) {
  const auto found = json.find("crop_size");
  if (found != json.end() && found->is_object()) {
    return read_sides(*found, path + ", crop_size", options.crop_width, options.crop_height);
  }
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(json, "crop_size", path, 1, kLargestSide, options.crop_width));
  options.crop_height = options.crop_width;
  return {};
}

Status read_crop(const Json& json, const std::string& path, Architecture architecture,
                 PreprocessOptions& options) {
  bool crops = architecture == Architecture::clip;
  CLIPCLUSTER_RETURN_IF_ERROR(read_flag(json, "do_center_crop", path, crops));
  if (crops) return read_crop_size(json, path, options);
  options.crop_width = options.resize_width;
  options.crop_height = options.resize_height;
  if (options.resize_width > 0) return {};
  return Status::unsupported(
      fmt::format("{}: without a centre crop (do_center_crop) 'size' must be a height and a width: images "
                  "of different proportions would keep different sizes",
                  path));
}

Status read_triple(const Json& json, const char* key, const std::string& path,
                   std::array<float, 3>& triple) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  bool good = found->is_array() && found->size() == 3;
  for (std::size_t i = 0; good && i < 3; ++i) {
    good = (*found)[i].is_number() && std::isfinite((*found)[i].get<float>());
    if (good) triple[i] = (*found)[i].get<float>();
  }
  if (good) return {};
  return Status::corrupt(fmt::format("{}: '{}' is not a list of three numbers", path, key));
}

Status refuse_other_processing(const Json& json, const std::string& path) {
  int resample = kBicubic;
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(json, "resample", path, 0, 100, resample));
  if (resample != kBicubic) {
    return Status::unsupported(
        fmt::format("{}: resample is {}; only 3 (bicubic) is supported", path, resample));
  }
  bool resizes = true;
  CLIPCLUSTER_RETURN_IF_ERROR(read_flag(json, "do_resize", path, resizes));
  if (resizes) return {};
  return Status::unsupported(
      fmt::format("{}: do_resize is false; images of all sizes come in, so they must be resized", path));
}

Status read_scaling(const Json& json, const std::string& path, PreprocessOptions& options) {
  double rescale = 1.0 / 255.0;
  bool do_rescale = true;
  bool do_normalize = true;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(json, "rescale_factor", path, rescale));
  CLIPCLUSTER_RETURN_IF_ERROR(read_flag(json, "do_rescale", path, do_rescale));
  CLIPCLUSTER_RETURN_IF_ERROR(read_flag(json, "do_normalize", path, do_normalize));
  CLIPCLUSTER_RETURN_IF_ERROR(read_triple(json, "image_mean", path, options.mean));
  CLIPCLUSTER_RETURN_IF_ERROR(read_triple(json, "image_std", path, options.deviation));
  options.rescale = do_rescale ? static_cast<float>(rescale) : 1.0F;
  if (!do_normalize) {
    options.mean = {0.0F, 0.0F, 0.0F};
    options.deviation = {1.0F, 1.0F, 1.0F};
  }
  for (const float deviation : options.deviation) {
    if (!(deviation > 0.0F)) {
      return Status::corrupt(fmt::format("{}: 'image_std' has the value {}", path, deviation));
    }
  }
  return {};
}

// Ours, not Hugging Face's: models trained with its slow processors crop one pixel off from
// torchvision where the margin is odd, and nothing else in the file tells which one was meant.
Status read_crop_rounding(const Json& json, const std::string& path, CropRounding& rounding) {
  const auto found = json.find("crop_rounding");
  if (found == json.end() || *found == "half_to_even") return {};
  if (*found != "down") {
    return Status::corrupt(
        fmt::format("{}: crop_rounding is {}; it can be half_to_even or down", path, found->dump()));
  }
  rounding = CropRounding::down;
  return {};
}

}  // namespace

Result<PreprocessOptions> read_preprocessor_config(const std::string& path, Architecture architecture) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json json, read_json_object(path));
  PreprocessOptions options;
  if (architecture == Architecture::siglip) {
    options.resize_width = options.resize_height = 224;
    options.mean = options.deviation = {0.5F, 0.5F, 0.5F};
  }
  CLIPCLUSTER_RETURN_IF_ERROR(refuse_other_processing(json, path));
  CLIPCLUSTER_RETURN_IF_ERROR(read_size(json, path, options));
  CLIPCLUSTER_RETURN_IF_ERROR(read_crop(json, path, architecture, options));
  CLIPCLUSTER_RETURN_IF_ERROR(read_crop_rounding(json, path, options.crop_rounding));
  CLIPCLUSTER_RETURN_IF_ERROR(read_scaling(json, path, options));
  return options;
}

}  // namespace clipcluster::clip
