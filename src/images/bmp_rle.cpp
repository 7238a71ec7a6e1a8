#include "images/bmp_rle.h"

#include <algorithm>
#include <cstddef>

namespace clipcluster {
namespace {

class RleExpander {
 public:
  RleExpander(std::span<const std::uint8_t> code, int bits, int width, int height,
              std::vector<std::uint8_t>& indices)
      : code_(code), bits_(bits), width_(width), height_(height), indices_(indices) {}

  bool expand() {
    while (y_ < height_) {
      if (at_ + 2 > code_.size()) return y_ + 1 == height_ && x_ >= width_;
      const int count = code_[at_];
      const int value = code_[at_ + 1];
      at_ += 2;
      if (count > 0) {
        run(count, value);
      } else if (value == kEndOfBitmap) {
        return true;
      } else if (!escape(value)) {
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr int kEndOfLine = 0;
  static constexpr int kEndOfBitmap = 1;
  static constexpr int kDelta = 2;

  void put(int index) {
    if (x_ < width_ && y_ < height_) {
      indices_[static_cast<std::size_t>(y_) * width_ + x_] = static_cast<std::uint8_t>(index);
    }
    // Beyond the row's end pixels are dropped; so x may stop counting there.
    x_ = std::min(x_ + 1, width_);
  }

  void run(int count, int value) {
    for (int i = 0; i < count; ++i) put(bits_ == 8 ? value : (i % 2 == 0 ? value >> 4 : value & 15));
  }

  bool escape(int kind) {
    if (kind == kEndOfLine) {
      x_ = 0;
      ++y_;
      return true;
    }
    if (kind == kDelta) {
      if (at_ + 2 > code_.size()) return false;
      x_ = std::min(x_ + code_[at_], width_);
      y_ += code_[at_ + 1];
      at_ += 2;
      return true;
    }
    return literal(kind);
  }

  // `count` pixels as they are, padded to 16 bits.
  bool literal(int count) {
    const std::size_t bytes =
        bits_ == 8 ? static_cast<std::size_t>(count) : (static_cast<std::size_t>(count) + 1) / 2;
    if (at_ + bytes > code_.size()) return false;
    for (int i = 0; i < count; ++i) {
      const int value = code_[at_ + static_cast<std::size_t>(bits_ == 8 ? i : i / 2)];
      put(bits_ == 8 ? value : (i % 2 == 0 ? value >> 4 : value & 15));
    }
    at_ += bytes + bytes % 2;
    return true;
  }

  std::span<const std::uint8_t> code_;
  int bits_, width_, height_;
  std::vector<std::uint8_t>& indices_;
  std::size_t at_ = 0;
  int x_ = 0;
  int y_ = 0;
};

}  // namespace

bool expand_bmp_rle(std::span<const std::uint8_t> code, int bits, int width, int height,
                    std::vector<std::uint8_t>& indices) {
  indices.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
  return RleExpander(code, bits, width, height, indices).expand();
}

}  // namespace clipcluster
