#define EIGEN_DONT_PARALLELIZE
#include "clipcluster/pca.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "base/number_text.h"
#include "clipcluster/memory.h"
#include "clipcluster/parallel.h"
#include "reduce/pca_covariance.h"
#include "reduce/pca_randomized.h"

namespace clipcluster {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kRowsPerChunk = 256;

using ColumnMajor = Eigen::MatrixXd;

Status check_finite(MatrixView<const float> rows, const char* what) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto row = rows.row_span(i);
    if (!std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); })) {
      return Status::invalid_argument(fmt::format(
          "row {} of the {} contains NaN or infinity: remove that row or replace the value", i, what));
    }
  }
  return {};
}

Status check_fit(MatrixView<const float> points, const PcaOptions& options) {
  if (points.rows() < 2 || points.cols() < 1) {
    return Status::invalid_argument(
        fmt::format("principal components of {} x {} points: at least 2 rows and 1 column are needed",
                    points.rows(), points.cols()));
  }
  const std::size_t most = std::min(points.rows(), points.cols());
  if (options.n_components < 1 || static_cast<std::size_t>(options.n_components) > most) {
    return Status::invalid_argument(
        fmt::format("n_components = {}: for {} x {} points it must be from 1 to {}", options.n_components,
                    points.rows(), points.cols(), most));
  }
  return check_finite(points, "points");
}

Status check_columns(std::size_t columns, std::size_t expected, const char* what) {
  if (columns == expected) return {};
  return Status::invalid_argument(
      fmt::format("the {} have {} columns, but this PCA was fitted for {}", what, columns, expected));
}

// An eigenvector's sign is arbitrary; this makes it a function of the points.
double sign_of_largest(const Eigen::Ref<const Eigen::VectorXd>& vector) {
  Eigen::Index largest = 0;
  vector.cwiseAbs().maxCoeff(&largest);
  return vector[largest] < 0.0 ? -1.0 : 1.0;
}

// `directions`: eigenvectors in columns, of ascending `variances`.
PcaModel model_of(const std::vector<double>& means, double total_variance, const Eigen::VectorXd& variances,
                  const ColumnMajor& directions, std::size_t components) {
  const std::size_t d = means.size();
  PcaModel model{MatrixF(1, d), MatrixF(components, d), MatrixF(1, components), MatrixF(1, components)};
  for (std::size_t j = 0; j < d; ++j) model.mean(0, j) = static_cast<float>(means[j]);
  for (std::size_t c = 0; c < components; ++c) {
    const Eigen::Index column = variances.size() - 1 - static_cast<Eigen::Index>(c);
    const double variance = std::max(variances[column], 0.0);
    model.explained_variance(0, c) = static_cast<float>(variance);
    model.explained_variance_ratio(0, c) =
        total_variance > 0.0 ? static_cast<float>(variance / total_variance) : 0.0F;
    const double sign = sign_of_largest(directions.col(column));
    for (std::size_t j = 0; j < d; ++j) {
      model.components(c, j) = static_cast<float>(sign * directions(static_cast<Eigen::Index>(j), column));
    }
  }
  return model;
}

Result<PcaModel> fit_exact(MatrixView<const float> points, std::size_t components, Progress& progress) {
  // The covariance, a copy, the eigenvectors and the solver's work space.
  CLIPCLUSTER_RETURN_IF_ERROR(
      require_memory(fmt::format("the covariance of {} columns", grouped(points.cols())),
                     4 * sizeof(double) * std::uint64_t{points.cols()} * points.cols(), progress));
  const std::vector<double> means = pca::column_means(points);
  CLIPCLUSTER_ASSIGN_OR_RETURN(Matrix<double> lower, pca::covariance(points, means, progress));
  const auto d = static_cast<Eigen::Index>(points.cols());
  // Row-major lower triangle = column-major upper one; the solver reads the lower.
  const ColumnMajor covariance = Eigen::Map<const ColumnMajor>(lower.data(), d, d).transpose();
  const Eigen::SelfAdjointEigenSolver<ColumnMajor> solver(covariance);
  if (solver.info() != Eigen::Success) {
    return Status::internal("the eigenvectors of the covariance matrix did not converge");
  }
  return model_of(means, covariance.trace(), solver.eigenvalues(), solver.eigenvectors(), components);
}

Result<PcaModel> fit_randomized(MatrixView<const float> points, std::size_t components, std::uint64_t seed,
                                Progress& progress) {
  const std::vector<double> means = pca::column_means(points);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const pca::Principal principal,
                               pca::randomized(points, means, components, seed, progress));
  const auto directions =
      Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
          principal.directions.data(), static_cast<Eigen::Index>(principal.directions.rows()),
          static_cast<Eigen::Index>(principal.directions.cols()));
  return model_of(means, principal.total_variance,
                  Eigen::Map<const Eigen::VectorXd>(principal.variances.data(),
                                                    static_cast<Eigen::Index>(principal.variances.size())),
                  directions, components);
}

// Multiplications; the eigenvectors of a d x d matrix take about 9 d^3, on one core. Exact unless it is
// at least twice the work.
bool is_randomized(MatrixView<const float> points, const PcaOptions& options) {
  if (options.svd_solver != SvdSolver::automatic) return options.svd_solver == SvdSolver::randomized;
  const auto n = static_cast<double>(points.rows());
  const auto d = static_cast<double>(points.cols());
  const auto components = static_cast<std::size_t>(options.n_components);
  const auto least = std::min(points.rows(), points.cols());
  const double passes = pca::power_iterations(components, least) + 1.0;
  const auto directions = static_cast<double>(pca::sampled_directions(components, least));
  return d * d * (n + 18.0 * d) > 2.0 * passes * 4.0 * n * d * directions;
}

Result<PcaModel> fit(MatrixView<const float> points, const PcaOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_fit(points, options));
  const auto components = static_cast<std::size_t>(options.n_components);
  Result<PcaModel> model = is_randomized(points, options)
                               ? fit_randomized(points, components, options.seed, progress)
                               : fit_exact(points, components, progress);
  if (model.is_ok()) progress.report({"principal components", points.rows(), points.rows(), "rows"});
  return model;
}

// out = start + sum over j of row[j] * matrix[j, :], in double, in the order of j.
void add_product(const double* row, MatrixView<const double> matrix, double* sums) {
  for (std::size_t j = 0; j < matrix.rows(); ++j) {
    const double factor = row[j];
    const double* line = matrix.row(j);
    for (std::size_t c = 0; c < matrix.cols(); ++c) sums[c] += factor * line[c];
  }
}

// [rows, matrix.cols()] = (rows - before) matrix + after, row by row.
MatrixF affine(MatrixView<const float> rows, const float* before, const Matrix<double>& matrix,
               const float* after) {
  MatrixF result(rows.rows(), matrix.cols());
  parallel_for(rows.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<double> row(rows.cols());
    std::vector<double> sums(matrix.cols());
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] = double{rows(i, j)} - (before == nullptr ? 0.0F : before[j]);
      }
      for (std::size_t c = 0; c < sums.size(); ++c) sums[c] = after == nullptr ? 0.0F : after[c];
      add_product(row.data(), matrix.view(), sums.data());
      for (std::size_t c = 0; c < sums.size(); ++c) result(i, c) = static_cast<float>(sums[c]);
    }
  });
  return result;
}

template <class Function>
auto without_exceptions(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory for the principal components");
  }
}

}  // namespace

Result<PcaModel> fit_pca(MatrixView<const float> points, const PcaOptions& options, Progress& progress) {
  return without_exceptions([&] { return fit(points, options, progress); });
}

Result<MatrixF> pca_transform(const PcaModel& model, MatrixView<const float> points) {
  return without_exceptions([&]() -> Result<MatrixF> {
    CLIPCLUSTER_RETURN_IF_ERROR(check_columns(points.cols(), model.components.cols(), "points"));
    CLIPCLUSTER_RETURN_IF_ERROR(check_finite(points, "points"));
    Matrix<double> transposed(model.components.cols(), model.components.rows());
    for (std::size_t j = 0; j < transposed.rows(); ++j) {
      for (std::size_t c = 0; c < transposed.cols(); ++c) transposed(j, c) = model.components(c, j);
    }
    return affine(points, model.mean.data(), transposed, nullptr);
  });
}

Result<MatrixF> pca_inverse_transform(const PcaModel& model, MatrixView<const float> coordinates) {
  return without_exceptions([&]() -> Result<MatrixF> {
    CLIPCLUSTER_RETURN_IF_ERROR(check_columns(coordinates.cols(), model.components.rows(), "coordinates"));
    CLIPCLUSTER_RETURN_IF_ERROR(check_finite(coordinates, "coordinates"));
    Matrix<double> components(model.components.rows(), model.components.cols());
    for (std::size_t i = 0; i < components.size(); ++i) components.data()[i] = model.components.data()[i];
    return affine(coordinates, nullptr, components, model.mean.data());
  });
}

NamedArrays PcaModel::to_arrays() const {
  NamedArrays arrays("pca", kVersion);
  arrays.add("mean", SharedMatrix<float>(mean.clone()));
  arrays.add("components", SharedMatrix<float>(components.clone()));
  arrays.add("explained_variance", SharedMatrix<float>(explained_variance.clone()));
  arrays.add("explained_variance_ratio", SharedMatrix<float>(explained_variance_ratio.clone()));
  return arrays;
}

Result<PcaModel> PcaModel::from_arrays(const NamedArrays& arrays) {
  if (arrays.kind() != "pca" || arrays.version() != kVersion) {
    return Status::corrupt(
        fmt::format("this is a '{}' model of version {}, not a 'pca' model of version {}", arrays.kind(),
                    arrays.version(), kVersion));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto mean, arrays.matrix<float>("mean"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto components, arrays.matrix<float>("components"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto variance, arrays.matrix<float>("explained_variance"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto ratio, arrays.matrix<float>("explained_variance_ratio"));
  const std::size_t count = components.rows();
  const auto is_row = [](const SharedMatrix<float>& matrix, std::size_t columns) {
    return matrix.rows() == 1 && matrix.cols() == columns;
  };
  if (components.empty() || !is_row(mean, components.cols()) || !is_row(variance, count) ||
      !is_row(ratio, count)) {
    return Status::corrupt("the arrays of this PCA model do not fit together: fit it again");
  }
  return PcaModel{MatrixF::copy_of(mean.view()), MatrixF::copy_of(components.view()),
                  MatrixF::copy_of(variance.view()), MatrixF::copy_of(ratio.view())};
}

}  // namespace clipcluster
