// Gradient descent with momentum and one gain for each coordinate (Jacobs 1988), as in van der Maaten
// and Hinton 2008 and in scikit-learn.
#pragma once

#include <algorithm>

namespace clipcluster::tsne {

constexpr float kEarlyMomentum = 0.5F;
constexpr float kMomentum = 0.8F;
constexpr float kSmallestGain = 0.01F;

// Moves one coordinate; `step` is its last move, `gain` its gain.
inline void descend(float gradient, float momentum, float learning_rate, float& gain, float& step,
                    float& coordinate) {
  gain = std::max(step * gradient < 0.0F ? gain + 0.2F : gain * 0.8F, kSmallestGain);
  step = momentum * step - learning_rate * gain * gradient;
  coordinate += step;
}

}  // namespace clipcluster::tsne
