// Packed weights, the products of panels, and what is done to rows before and after them, each
// instruction set against the scalar meaning.
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/half.h"
#include "clip/engines/packed_weights.h"
#include "clip/engines/panel_products.h"
#include "clip/engines/row_kernels.h"
#include "clipcluster/cpu.h"
#include "clipcluster/matrix.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster::engines {
namespace {

using ::testing::HasSubstr;

std::vector<float> random_values(std::size_t count, std::uint64_t draw) {
  const CounterRandom random(23, "panels");
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.normal(i, draw));
  return values;
}

struct Case {
  const char* name;
  Format format;
  InstructionSet needs;
  PanelProduct product;
};

std::vector<Case> cases() {
  std::vector<Case> all = {
    {"scalar_f32", Format::f32, InstructionSet::scalar, panel_product_scalar_f32},
    {"scalar_int8", Format::int8, InstructionSet::scalar, panel_product_scalar_int8},
#if CLIPCLUSTER_SIMD
    {"avx2_f32", Format::f32, InstructionSet::avx2, panel_product_avx2_f32},
    {"avx2_int8", Format::int8, InstructionSet::avx2, panel_product_avx2_int8},
    {"avx512_f32", Format::f32, InstructionSet::avx512, panel_product_avx512_f32},
#endif
  };
  return all;
}

class PanelProducts : public ::testing::TestWithParam<Case> {};

// What a panel holds, read as the header says: unit by unit along the inputs, output by output.
double weight_at(Format format, const std::byte* panel, std::size_t output, std::size_t input) {
  const std::size_t per_unit = inputs_per_unit(format);
  const std::byte* unit = panel + (input / per_unit * kPanelColumns + output) * 4;
  if (format == Format::f32) {
    float value = 0.0F;
    std::memcpy(&value, unit, 4);
    return value;
  }
  return static_cast<double>(static_cast<std::int8_t>(unit[input % per_unit]));
}

TEST_P(PanelProducts, AreSumsOverTheInputs) {
  const Case& c = GetParam();
  if (c.needs > instruction_set()) GTEST_SKIP() << "this processor does not have it";
  for (const std::size_t inputs : {1U, 4U, 37U, 192U}) {
    const auto weights = random_values(kPanelColumns * inputs, inputs);
    const PackedWeights packed =
        PackedWeights::pack(c.format, inputs, kPanelColumns, weights.data(), nullptr);
    const std::size_t stride = packed.depth() * 4;
    for (const std::size_t rows : {std::size_t{1}, std::size_t{5}, kTileRows}) {
      // Floats, or unsigned bytes; both zero behind the last input.
      Matrix<std::uint8_t> rows_of_units(rows, stride);
      std::fill(rows_of_units.data(), rows_of_units.data() + rows_of_units.size(), std::uint8_t{0});
      std::vector<double> values(rows * inputs);
      const CounterRandom random(5, "rows");
      for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint8_t* row = rows_of_units.row(i / inputs);
        if (c.format == Format::f32) {
          const auto value = static_cast<float>(random.normal(i));
          std::memcpy(row + i % inputs * 4, &value, 4);
          values[i] = value;
        } else {
          row[i % inputs] = static_cast<std::uint8_t>(random.below(256, i));
          values[i] = row[i % inputs];
        }
      }
      Matrix<float> sums(kTileRows, kPanelColumns);
      c.product(rows_of_units.data(), stride, packed.panel(0), packed.depth(), rows, sums.data());
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t output = 0; output < kPanelColumns; ++output) {
          double expected = 0.0;
          for (std::size_t i = 0; i < inputs; ++i) {
            expected += values[row * inputs + i] * weight_at(c.format, packed.panel(0), output, i);
          }
          if (c.format == Format::f32) {
            EXPECT_NEAR(sums(row, output), expected, 1e-4 * (1.0 + std::abs(expected)));
          } else {
            EXPECT_EQ(std::bit_cast<std::int32_t>(sums(row, output)), static_cast<std::int32_t>(expected));
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PanelProducts, ::testing::ValuesIn(cases()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(PackedWeights, Int8RoundsToA127thOfTheLargest) {
  const auto weights = random_values(kPanelColumns * 20, 1);
  const PackedWeights packed =
      PackedWeights::pack(Format::int8, 20, kPanelColumns, weights.data(), nullptr);
  for (std::size_t output = 0; output < kPanelColumns; ++output) {
    const double scale = packed.scales(0)[output];
    for (std::size_t i = 0; i < 20; ++i) {
      const double held = weight_at(Format::int8, packed.panel(0), output, i) * scale;
      EXPECT_NEAR(held, weights[output * 20 + i], scale * 0.5001);
    }
  }
}

TEST(PackedWeights, ABlockOfAnotherFormIsRefused) {
  const auto weights = random_values(40 * 24, 2);
  const auto bias = random_values(40, 3);
  const PackedWeights packed = PackedWeights::pack(Format::int8, 24, 40, weights.data(), bias.data());
  const auto same = PackedWeights::over(packed.bytes(), Format::int8, 24, 40);
  ASSERT_OK(same);
  EXPECT_EQ(same->panels(), 2U);
  EXPECT_EQ(same->bias(1)[7], bias[39]);
  EXPECT_EQ(same->panel(1), packed.panel(1));
  EXPECT_FALSE(PackedWeights::over(packed.bytes(), Format::int8, 24, 41).is_ok());
  EXPECT_FALSE(PackedWeights::over(packed.bytes(), Format::f32, 24, 40).is_ok());
  EXPECT_FALSE(PackedWeights::over(packed.bytes().first(100), Format::int8, 24, 40).is_ok());
  EXPECT_FALSE(PackedWeights::over({}, Format::int8, 24, 40).is_ok());
}

class RowKernelSets : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (GetParam() > instruction_set()) GTEST_SKIP() << "this processor does not have it";
  }
};

TEST_P(RowKernelSets, QuantizeToTheSameBytes) {
  for (const std::size_t count : {1U, 3U, 31U, 64U, 770U}) {
    auto x = random_values(count, count);
    const std::size_t padded = (count + 3) / 4 * 4;
    std::vector<std::uint8_t> expected(padded);
    std::vector<std::uint8_t> bytes(padded);
    const float scale = kScalarRowKernels.quantize(x.data(), Element::f32, count, padded, expected.data());
    EXPECT_EQ(row_kernels(GetParam()).quantize(x.data(), Element::f32, count, padded, bytes.data()), scale);
    EXPECT_EQ(bytes, expected);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_NEAR((int{bytes[i]} - kByteOffset) * scale, x[i], scale * 0.5001F);
    }
    for (std::size_t i = count; i < padded; ++i) EXPECT_EQ(bytes[i], kByteOffset);
  }
  const std::vector<float> zeros(64, 0.0F);
  std::vector<std::uint8_t> bytes(64);
  row_kernels(GetParam()).quantize(zeros.data(), Element::f32, 64, 64, bytes.data());
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(64, static_cast<std::uint8_t>(kByteOffset)));
}

TEST_P(RowKernelSets, FinishAsTheScalarOneDoes) {
  const auto sums = random_values(kTileRows * kPanelColumns, 7);
  const auto bias = random_values(kPanelColumns, 8);
  for (const Activation activation :
       {Activation::none, Activation::quick_gelu, Activation::gelu, Activation::gelu_tanh}) {
    for (const Output output : {Output::floats, Output::add_to_floats, Output::elements}) {
      for (const std::size_t columns : {std::size_t{9}, kPanelColumns}) {
        Tile tile;
        tile.sums = sums.data();
        tile.rows = 5;
        tile.columns = columns;
        tile.bias = bias.data();
        tile.activation = activation;
        tile.output = output;
        tile.stride = 40;
        std::vector<float> expected(5 * 40, 3.0F);
        std::vector<float> written = expected;
        tile.destination = expected.data();
        kScalarRowKernels.finish(tile);
        tile.destination = written.data();
        row_kernels(GetParam()).finish(tile);
        for (std::size_t i = 0; i < written.size(); ++i) {
          EXPECT_NEAR(written[i], expected[i], 2e-6F * (1.0F + std::abs(expected[i]))) << i;
          if (i % 40 >= columns) {
            EXPECT_EQ(written[i], 3.0F) << "beyond the output's columns";
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, RowKernelSets,
                         ::testing::Values(InstructionSet::scalar, InstructionSet::avx2,
                                           InstructionSet::avx512));

}  // namespace
}  // namespace clipcluster::engines
