#include "images/color_profile.h"

#include <lcms2.h>

#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace clipcluster {
namespace {

// The largest known printing profiles have about 3 MB.
constexpr std::size_t kMaxProfileBytes = std::size_t{16} << 20;
// Photos of one folder share a handful of profiles; making a transform costs as much as a small photo.
constexpr std::size_t kKeptProfiles = 64;

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, CloseProfile>;

struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using Transform = std::unique_ptr<void, DeleteTransform>;

class LcmsProfile final : public ColorProfile {
 public:
  explicit LcmsProfile(Transform transform) : transform_(std::move(transform)) {}
  void to_srgb(const std::uint8_t* from, std::uint8_t* rgb, int pixels) const override {
    cmsDoTransform(transform_.get(), from, rgb, static_cast<cmsUInt32Number>(pixels));
  }

 private:
  Transform transform_;
};

struct PixelLayout {
  cmsColorSpaceSignature space;
  cmsUInt32Number type;
};

PixelLayout layout_of(ColorModel model) {
  if (model == ColorModel::cmyk) return {cmsSigCmykData, TYPE_CMYK_8};
  if (channel_count(model) <= 2) return {cmsSigGrayData, TYPE_GRAY_8};
  return {cmsSigRgbData, TYPE_RGB_8};
}

// Over a grid of 9 x 9 x 9 colours.
bool changes_nothing(const ColorProfile& profile) {
  for (int red = 0; red <= 256; red += 32) {
    for (int green = 0; green <= 256; green += 32) {
      for (int blue = 0; blue <= 256; blue += 32) {
        const std::array<int, 3> wanted = {red - (red > 255), green - (green > 255), blue - (blue > 255)};
        std::array<std::uint8_t, 3> color{};
        for (int c = 0; c < 3; ++c) color[c] = static_cast<std::uint8_t>(wanted[c]);
        std::array<std::uint8_t, 3> result{};
        profile.to_srgb(color.data(), result.data(), 1);
        for (int c = 0; c < 3; ++c) {
          if (std::abs(result[c] - wanted[c]) > 2) return false;
        }
      }
    }
  }
  return true;
}

std::shared_ptr<const ColorProfile> make_color_profile(std::span<const std::uint8_t> icc,
                                                       ColorModel model) {
  const Profile source(cmsOpenProfileFromMem(icc.data(), static_cast<cmsUInt32Number>(icc.size())));
  const PixelLayout layout = layout_of(model);
  if (!source || cmsGetColorSpace(source.get()) != layout.space) return nullptr;
  const Profile srgb(cmsCreate_sRGBProfile());
  // NOCACHE: Little CMS keeps the last colour inside the transform, which threads must not share.
  Transform transform(cmsCreateTransform(source.get(), layout.type, srgb.get(), TYPE_RGB_8,
                                         INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE));
  if (!transform) return nullptr;
  auto profile = std::make_shared<const LcmsProfile>(std::move(transform));
  if (layout.space == cmsSigRgbData && changes_nothing(*profile)) return nullptr;
  return profile;
}

class ProfileCache {
 public:
  std::shared_ptr<const ColorProfile> find(std::span<const std::uint8_t> icc, ColorModel model) {
    const std::string key =
        std::to_string(layout_of(model).type) + hash_bytes(icc) + "/" + std::to_string(icc.size());
    const std::lock_guard lock(mutex_);
    const auto found = profiles_.find(key);
    if (found != profiles_.end()) return found->second;
    if (profiles_.size() >= kKeptProfiles) profiles_.clear();
    return profiles_[key] = make_color_profile(icc, model);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ColorProfile>> profiles_;
};

}  // namespace

std::shared_ptr<const ColorProfile> find_color_profile(std::span<const std::uint8_t> icc,
                                                       ColorModel model) {
  if (icc.empty() || icc.size() > kMaxProfileBytes) return nullptr;
  static ProfileCache cache;
  return cache.find(icc, model);
}

}  // namespace clipcluster
