// What a back end must do for the towers: dense layers with prepacked weights. Everything that
// depends on the library underneath stays behind this interface, in one file per back end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "clip/engines/kinds.h"
#include "clipcluster/clip.h"
#include "clipcluster/status.h"

namespace clipcluster::engines {

// output[rows, outputs] = activation(input[rows, inputs] weights^T + bias)
struct LinearSpec {
  std::vector<int> row_counts;  // the only row counts that run() will see, largest first
  int inputs = 0;
  int outputs = 0;
  const float* weights = nullptr;  // [outputs, inputs], read during the call only
  const float* bias = nullptr;     // [outputs] or none
  Activation activation = Activation::none;
  Output output = Output::elements;
  // What packed() of a layer of equal sizes from an engine of the same packing() gave: then weights and
  // bias are not read. 64-byte aligned; must outlive the layer.
  std::span<const std::byte> packed;
};

// Immutable and thread-safe. The output's columns are cut into chunks for the threads to share. A row's
// numbers depend neither on the rows beside it nor on how chunks are spread over threads.
class Linear {
 public:
  virtual ~Linear() = default;
  virtual std::size_t chunks() const = 0;
  // Bytes of one row in the form that run() reads, which prepare() writes from elements; 0 where it
  // reads the elements themselves.
  virtual std::size_t prepared_row_size() const { return 0; }
  virtual std::size_t input_row_size() const { return 0; }  // bytes of a row of elements; for prepare()
  virtual void prepare(std::size_t rows, const void* input, void* prepared) const;
  // input [items * rows, inputs] of elements, or prepared; output [items * rows, outputs]. Writes the
  // columns of this chunk, on the calling thread alone.
  virtual void run(std::size_t chunk, std::size_t items, std::size_t rows, const void* input,
                   void* output) const = 0;
  // The weights as this engine multiplies by them: one block without pointers, 64-byte aligned, which
  // may be kept in a file. Empty where the engine has no such form.
  virtual std::span<const std::byte> packed() const { return {}; }
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Element element() const = 0;
  // Names the form of packed(): blocks may go from one engine to another, in another process, where this
  // is equal. Empty: there are no blocks.
  virtual std::string packing() const { return {}; }
  virtual Result<std::unique_ptr<Linear>> make_linear(const LinearSpec& spec) const = 0;
};

// bf16 where the processor multiplies it in hardware, else f32, for automatic; others stay as they are.
Precision resolve_precision(Precision precision);
// precision: not automatic. Each works on every processor.
Result<std::unique_ptr<Engine>> make_engine(Precision precision);

}  // namespace clipcluster::engines
