// Every instruction set's kernels against the scalar ones.
#include "clip/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "base/half.h"
#include "clipcluster/random.h"

namespace clipcluster::clip {
namespace {

std::vector<float> random_values(std::size_t count, std::uint64_t draw, float scale = 1.0F) {
  const CounterRandom random(11, "kernels");
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = scale * static_cast<float>(random.normal(i, draw));
  return values;
}

class KernelSets : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (GetParam() > instruction_set()) GTEST_SKIP() << "this processor does not have it";
  }
  const Kernels& fast() const { return kernels(GetParam()); }
  const Kernels& plain() const { return kScalarKernels; }
};

TEST_P(KernelSets, LayerNorm) {
  for (const std::size_t width : {1U, 7U, 16U, 30U, 192U, 769U}) {
    const auto x = random_values(width, 0, 3.0F);
    const auto gamma = random_values(width, 1);
    const auto beta = random_values(width, 2);
    std::vector<float> expected(width);
    std::vector<float> y(width);
    plain().layer_norm(x.data(), width, gamma.data(), beta.data(), 1e-5F, expected.data());
    fast().layer_norm(x.data(), width, gamma.data(), beta.data(), 1e-5F, y.data());
    for (std::size_t i = 0; i < width; ++i) EXPECT_NEAR(y[i], expected[i], 2e-5) << width << " " << i;
  }
}

TEST_P(KernelSets, Product) {
  for (const std::size_t m : {1U, 5U, 6U, 23U}) {
    for (const std::size_t n : {16U, 64U, 80U, 208U}) {
      for (const std::size_t k : {1U, 24U, 65U}) {
        const std::size_t lda = k + 3;
        const std::size_t ldb = n + 16;
        const auto a = random_values(m * lda, 0);
        const auto b = random_values(k * ldb, 1);
        std::vector<float> expected(m * n);
        std::vector<float> c(m * n, 9.0F);
        plain().product(a.data(), lda, b.data(), ldb, expected.data(), n, m, n, k);
        fast().product(a.data(), lda, b.data(), ldb, c.data(), n, m, n, k);
        for (std::size_t i = 0; i < c.size(); ++i) ASSERT_NEAR(c[i], expected[i], 2e-5) << m << " " << n;
      }
    }
  }
}

TEST_P(KernelSets, Softmax) {
  for (const std::size_t valid : {1U, 15U, 16U, 50U, 577U}) {
    for (const float scale : {1.0F, 40.0F}) {
      const std::size_t padded = (valid + 15) / 16 * 16;
      auto expected = random_values(padded, 3);
      auto x = expected;
      plain().softmax(expected.data(), valid, padded, scale);
      fast().softmax(x.data(), valid, padded, scale);
      float sum = 0.0F;
      for (std::size_t i = 0; i < padded; ++i) {
        EXPECT_NEAR(x[i], expected[i], 1e-30F + 3e-6F * expected[i]) << valid << " " << i;
        if (i >= valid) {
          EXPECT_EQ(x[i], 0.0F);
        }
        sum += x[i];
      }
      EXPECT_NEAR(sum, 1.0F, 1e-5);
    }
  }
}

TEST_P(KernelSets, AddAndRoundAreExact) {
  const auto x = random_values(83, 4, 100.0F);
  auto expected = random_values(83, 5);
  auto y = expected;
  plain().add(x.data(), x.size(), expected.data());
  fast().add(x.data(), x.size(), y.data());
  EXPECT_EQ(y, expected);
  plain().round_to_bf16(x.data(), x.size(), expected.data());
  fast().round_to_bf16(x.data(), x.size(), y.data());
  EXPECT_EQ(y, expected);
  std::vector<std::uint16_t> halves(x.size());
  fast().to_bf16(x.data(), x.size(), halves.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(internal::float_from_bf16(halves[i]), expected[i]);
}

INSTANTIATE_TEST_SUITE_P(Sets, KernelSets,
                         ::testing::Values(InstructionSet::scalar, InstructionSet::avx2,
                                           InstructionSet::avx512),
                         [](const auto& given) { return std::string(instruction_set_name(given.param)); });

TEST(Half, AllFloat16Values) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const auto expected = static_cast<float>(std::bit_cast<_Float16>(half));
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(internal::float_from_f16(half)));
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(internal::float_from_f16(half)),
                std::bit_cast<std::uint32_t>(expected));
    }
  }
}

TEST(Half, Bfloat16RoundsTiesToEven) {
  EXPECT_EQ(internal::bf16_from_float(std::bit_cast<float>(0x3F808000U)), 0x3F80);
  EXPECT_EQ(internal::bf16_from_float(std::bit_cast<float>(0x3F818000U)), 0x3F82);
  EXPECT_EQ(internal::bf16_from_float(std::bit_cast<float>(0x3F808001U)), 0x3F81);
}

}  // namespace
}  // namespace clipcluster::clip
