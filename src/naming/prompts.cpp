// From names to the sentences that a text tower understands best, and back to one vector a name (the prompt
// ensembles of Radford et al. 2021, section 3.1.4).
#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "clipcluster/naming.h"
#include "clipcluster/parallel.h"

namespace clipcluster {
namespace {

constexpr std::string_view kPlace = "{}";

bool begins_with_vowel(const std::string& name) {
  constexpr std::string_view vowels = "aeiouAEIOU";
  return !name.empty() && vowels.find(name.front()) != std::string_view::npos;
}

bool has_article_before(const std::string& text, std::size_t place) {
  if (place < 2 || text[place - 1] != ' ' || (text[place - 2] != 'a' && text[place - 2] != 'A'))
    return false;
  return place == 2 || text[place - 3] == ' ';
}

}  // namespace

const std::vector<std::string>& default_prompt_templates() {
  static const std::vector<std::string> templates = {"a photo of a {}", "a photo of {}",
                                                     "a picture of a {}", "a {}", "{}"};
  return templates;
}

Status check_prompt_template(const std::string& prompt_template) {
  const std::size_t first = prompt_template.find(kPlace);
  if (first != std::string::npos && prompt_template.find(kPlace, first + 1) == std::string::npos) return {};
  return Status::invalid_argument(fmt::format(
      "the template '{}' must have {{}} exactly once, where the name goes, as in 'a photo of a {{}}'",
      prompt_template));
}

std::string fill_prompt(const std::string& prompt_template, const std::string& name) {
  std::string text = prompt_template;
  std::size_t place = text.find(kPlace);
  assert(place != std::string::npos);
  text.replace(place, kPlace.size(), name);
  if (begins_with_vowel(name) && has_article_before(text, place)) text.insert(place - 1, 1, 'n');
  return text;
}

MatrixF average_prompts(MatrixView<const float> vectors, std::size_t templates) {
  assert(templates > 0 && vectors.rows() % templates == 0);
  const std::size_t d = vectors.cols();
  MatrixF means(vectors.rows() / templates, d);
  parallel_for(means.rows(), 64, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      float* mean = means.row(i);
      for (std::size_t t = 0; t < templates; ++t) {
        const float* prompt = vectors.row(i * templates + t);
        for (std::size_t j = 0; j < d; ++j) mean[j] += prompt[j];
      }
      double squares = 0.0;
      for (std::size_t j = 0; j < d; ++j) squares += static_cast<double>(mean[j]) * mean[j];
      const auto scale = squares > 0.0 ? static_cast<float>(1.0 / std::sqrt(squares)) : 0.0F;
      for (std::size_t j = 0; j < d; ++j) mean[j] *= scale;
    }
  });
  return means;
}

}  // namespace clipcluster
