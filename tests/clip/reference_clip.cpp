#include "clip/reference_clip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipcluster::testing {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

Row linear(const Tensors& tensors, const std::string& name, const Row& x, bool bias = true) {
  const Tensor& weight = tensors.at(name + ".weight");
  Row y(static_cast<std::size_t>(weight.shape[0]));
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = bias ? tensors.at(name + ".bias").values[i] : 0.0;
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += weight.values[i * x.size() + j] * x[j];
  }
  return y;
}

Row layer_norm(const Tensors& tensors, const std::string& name, const Row& x) {
  double mean = 0.0;
  double variance = 0.0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  Row y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * tensors.at(name + ".weight").values[i] +
           tensors.at(name + ".bias").values[i];
  }
  return y;
}

double activate(const std::string& name, double x) {
  if (name == "quick_gelu") return x / (1.0 + std::exp(-1.702 * x));
  return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
}

void add(Row& x, const Row& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

Rows attention(const Tensors& tensors, const std::string& name, const Rows& x, std::size_t heads,
               bool causal) {
  Rows q, k, v;
  for (const Row& row : x) {
    q.push_back(linear(tensors, name + "q_proj", row));
    k.push_back(linear(tensors, name + "k_proj", row));
    v.push_back(linear(tensors, name + "v_proj", row));
  }
  const std::size_t width = x[0].size() / heads;
  Rows result(x.size(), Row(x[0].size()));
  for (std::size_t head = 0; head < heads; ++head) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t seen = causal ? i + 1 : x.size();
      Row weights(seen);
      double sum = 0.0;
      for (std::size_t j = 0; j < seen; ++j) {
        double dot = 0.0;
        for (std::size_t c = head * width; c < (head + 1) * width; ++c) dot += q[i][c] * k[j][c];
        weights[j] = std::exp(dot / std::sqrt(static_cast<double>(width)));
        sum += weights[j];
      }
      for (std::size_t j = 0; j < seen; ++j) {
        for (std::size_t c = head * width; c < (head + 1) * width; ++c) {
          result[i][c] += weights[j] / sum * v[j][c];
        }
      }
    }
  }
  return result;
}

void encode(const Tensors& tensors, const std::string& tower, const TowerShape& shape,
            const std::string& activation, bool causal, Rows& x) {
  for (int i = 0; i < shape.layers; ++i) {
    const std::string layer = fmt::format("{}.encoder.layers.{}.", tower, i);
    Rows normed;
    for (const Row& row : x) normed.push_back(layer_norm(tensors, layer + "layer_norm1", row));
    const Rows attended =
        attention(tensors, layer + "self_attn.", normed, static_cast<std::size_t>(shape.heads), causal);
    for (std::size_t t = 0; t < x.size(); ++t) {
      add(x[t], linear(tensors, layer + "self_attn.out_proj", attended[t]));
      Row hidden = linear(tensors, layer + "mlp.fc1", layer_norm(tensors, layer + "layer_norm2", x[t]));
      for (double& h : hidden) h = activate(activation, h);
      add(x[t], linear(tensors, layer + "mlp.fc2", hidden));
    }
  }
}

Row unit(Row x) {
  double squares = 0.0;
  for (const double v : x) squares += v * v;
  for (double& v : x) v /= std::sqrt(squares);
  return x;
}

Row row_of(const Tensor& tensor, std::size_t i, int width) {
  const auto begin = tensor.values.begin() + static_cast<std::ptrdiff_t>(i) * width;
  return {begin, begin + width};
}

}  // namespace

std::vector<double> reference_image(const CheckpointShape& shape, const Tensors& tensors,
                                    const Image& image, const PreprocessOptions& preprocess) {
  const std::string name = "vision_model.embeddings.";
  const int width = shape.vision.width;
  const int side = shape.patch_size;
  const int per_side = shape.image_size / side;
  const Tensor& kernel = tensors.at(name + "patch_embedding.weight");
  Rows x = {tensors.at(name + "class_embedding").values};
  for (int patch = 0; patch < per_side * per_side; ++patch) {
    Row row(static_cast<std::size_t>(width));
    for (int o = 0; o < width; ++o) {
      for (int c = 0; c < 3; ++c) {
        for (int dy = 0; dy < side; ++dy) {
          for (int dx = 0; dx < side; ++dx) {
            const int at =
                ((patch / per_side * side + dy) * image.width + patch % per_side * side + dx) * 3 + c;
            const double pixel = (image.rgb[static_cast<std::size_t>(at)] / 255.0 - preprocess.mean[c]) /
                                 static_cast<double>(preprocess.deviation[c]);
            row[o] +=
                pixel * kernel.values[static_cast<std::size_t>(((o * 3 + c) * side + dy) * side + dx)];
          }
        }
      }
    }
    x.push_back(std::move(row));
  }
  for (std::size_t t = 0; t < x.size(); ++t) {
    add(x[t], row_of(tensors.at(name + "position_embedding.weight"), t, width));
    x[t] = layer_norm(tensors, "vision_model.pre_layrnorm", x[t]);
  }
  encode(tensors, "vision_model", shape.vision, shape.activation, false, x);
  return unit(linear(tensors, "visual_projection", layer_norm(tensors, "vision_model.post_layernorm", x[0]),
                     false));
}

std::vector<double> reference_text(const CheckpointShape& shape, const Tensors& tensors,
                                   const std::vector<int>& ids) {
  const int width = shape.text.width;
  Rows x;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    x.push_back(row_of(tensors.at("text_model.embeddings.token_embedding.weight"),
                       static_cast<std::size_t>(ids[t]), width));
    add(x[t], row_of(tensors.at("text_model.embeddings.position_embedding.weight"), t, width));
  }
  encode(tensors, "text_model", shape.text, shape.activation, true, x);
  const auto end = static_cast<std::size_t>(std::max_element(ids.begin(), ids.end()) - ids.begin());
  return unit(linear(tensors, "text_projection", layer_norm(tensors, "text_model.final_layer_norm", x[end]),
                     false));
}

}  // namespace clipcluster::testing
