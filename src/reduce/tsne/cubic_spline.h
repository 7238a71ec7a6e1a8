// Cubic B-splines on the whole numbers.
#pragma once

namespace clipcluster::tsne {

// Weights of the nodes -1, 0, 1, 2 at 0 <= t < 1.
inline void spline_weights(float t, float* weights) {
  const float u = 1.0F - t;
  weights[0] = u * u * u * (1.0F / 6.0F);
  weights[1] = (4.0F - 3.0F * t * t * (2.0F - t)) * (1.0F / 6.0F);
  weights[2] = (4.0F - 3.0F * u * u * (2.0F - u)) * (1.0F / 6.0F);
  weights[3] = t * t * t * (1.0F / 6.0F);
}

// Their derivatives.
inline void spline_slopes(float t, float* slopes) {
  const float u = 1.0F - t;
  slopes[0] = -0.5F * u * u;
  slopes[1] = t * (1.5F * t - 2.0F);
  slopes[2] = -u * (1.5F * u - 2.0F);
  slopes[3] = 0.5F * t * t;
}

}  // namespace clipcluster::tsne
