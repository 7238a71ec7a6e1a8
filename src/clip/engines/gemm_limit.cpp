#include "clip/engines/gemm_limit.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "clip/engines/engine.h"
#include "clipcluster/matrix.h"
#include "clipcluster/parallel.h"

namespace clipcluster::engines {
namespace {

constexpr std::size_t kItems = 8;
constexpr std::size_t kRows = 50;
constexpr std::size_t kInputs = 768;
constexpr std::size_t kOutputs = 3072;
constexpr double kSeconds = 0.3;

// What one thread multiplies.
struct Operands {
  Matrix<std::uint8_t> input;
  MatrixF output;

  explicit Operands(const Linear& linear, Element element)
      : input(kItems * kRows, std::max(linear.prepared_row_size(), kInputs * element_size(element))),
        output(kItems * kRows, kOutputs) {
    if (linear.prepared_row_size() == 0) return;
    const Matrix<std::uint8_t> zeros(kItems * kRows, linear.input_row_size());
    linear.prepare(kItems * kRows, zeros.data(), input.data());
  }
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double seconds_of_one_product(const Linear& linear, std::vector<Operands>& operands) {
  const auto begin = std::chrono::steady_clock::now();
  parallel_for(operands.size(), 1, [&](std::size_t thread, std::size_t) {
    for (std::size_t chunk = 0; chunk < linear.chunks(); ++chunk) {
      linear.run(chunk, kItems, kRows, operands[thread].input.data(), operands[thread].output.data());
    }
  });
  return seconds_since(begin);
}

}  // namespace

double gemm_rate(Precision precision) {
  const auto engine = make_engine(precision);
  if (!engine.is_ok()) return 0.0;
  const std::vector<float> weights(kInputs * kOutputs, 0.01F);
  LinearSpec spec;
  spec.row_counts = {static_cast<int>(kRows)};
  spec.inputs = static_cast<int>(kInputs);
  spec.outputs = static_cast<int>(kOutputs);
  spec.weights = weights.data();
  spec.output = Output::floats;
  const auto linear = engine.value()->make_linear(spec);
  if (!linear.is_ok()) return 0.0;
  const auto threads = static_cast<std::size_t>(thread_count());
  std::vector<Operands> operands;
  for (std::size_t i = 0; i < threads; ++i)
    operands.emplace_back(*linear.value(), engine.value()->element());
  double best = seconds_of_one_product(*linear.value(), operands);
  const auto begin = std::chrono::steady_clock::now();
  while (seconds_since(begin) < kSeconds) {
    best = std::min(best, seconds_of_one_product(*linear.value(), operands));
  }
  return 2.0 * static_cast<double>(kItems * kRows * kInputs * kOutputs * threads) / best;
}

}  // namespace clipcluster::engines
