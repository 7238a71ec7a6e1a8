// What a back end must do for the towers: dense layers with prepacked weights. Everything that
// depends on the library underneath stays behind this interface, in one file per back end.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "clipcluster/clip.h"
#include "clipcluster/status.h"

namespace clipcluster::engines {

enum class Activation {
  none,
  quick_gelu,  // x sigmoid(1.702 x): OpenAI's
  gelu,        // x Phi(x): OpenCLIP's
  gelu_tanh    // its tanh approximation: SigLIP's, and "gelu_new"
};

// What the inputs of products are stored as: float, or the upper half of one (std::uint16_t).
enum class Element { f32, bf16 };
inline std::size_t element_size(Element element) { return element == Element::f32 ? 4 : 2; }

enum class Output {
  elements,      // the engine's elements, ready for the next product
  floats,        // float
  add_to_floats  // added to the floats that are there: a residual connection
};

// output[rows, outputs] = activation(input[rows, inputs] weights^T + bias)
struct LinearSpec {
  std::vector<int> row_counts;  // the only row counts that run() will see, largest first
  int inputs = 0;
  int outputs = 0;
  const float* weights = nullptr;  // [outputs, inputs], read during the call only
  const float* bias = nullptr;     // [outputs] or none
  Activation activation = Activation::none;
  Output output = Output::elements;
};

// Immutable and thread-safe. The output's columns are cut into chunks whose borders depend on
// `outputs` alone, and each item (one image, one text) goes through products of its own: so an
// item's numbers depend neither on the items beside it nor on how chunks are spread over threads.
class Linear {
 public:
  virtual ~Linear() = default;
  virtual std::size_t chunks() const = 0;
  // input [items * rows, inputs] of elements, output [items * rows, outputs]. Writes the columns of
  // this chunk, on the calling thread alone.
  virtual void run(std::size_t chunk, std::size_t items, std::size_t rows, const void* input,
                   void* output) const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Element element() const = 0;
  virtual Result<std::unique_ptr<Linear>> make_linear(const LinearSpec& spec) const = 0;
};

// bf16 where the processor multiplies it in hardware, else f32, for automatic; others stay as they are.
Precision resolve_precision(Precision precision);
// precision: not automatic. Each works on every processor.
Result<std::unique_ptr<Engine>> make_engine(Precision precision);

}  // namespace clipcluster::engines
