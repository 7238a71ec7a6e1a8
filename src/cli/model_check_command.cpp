#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "cli/built_in_model.h"
#include "cli/model_commands.h"
#include "cli/precision_price.h"
#include "cli/text_format.h"
#include "clipcluster/model_description.h"
#include "clipcluster/model_store.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

struct CheckFlags {
  std::string model;
  std::vector<std::string> images;
  std::string precision;  // empty: bf16 and int8
  int sample = 500;
};

Json tower_json(const TowerDescription& tower) {
  return {{"width", tower.width}, {"hidden", tower.hidden}, {"layers", tower.layers},
          {"heads", tower.heads}, {"tokens", tower.tokens}, {"flops", tower.flops}};
}

std::string tower_text(const TowerDescription& tower) {
  return fmt::format("{} layers of width {}, {} heads, {:.1f} GFLOP", tower.layers, tower.width,
                     tower.heads, tower.flops / 1e9);
}

// What is said of the files, and what is wrong with them.
class FileCheck {
 public:
  explicit FileCheck(std::string folder) : folder_(std::move(folder)) {}

  void run() {
    const auto model = describe_model(folder_);
    if (!model.is_ok()) {
      complain(model.status().message());
    } else {
      describe(*model);
      if (model->image_tower) try_images();
      if (model->text_tower) try_texts();
    }
    compare_with_download();
  }

  bool passed() const { return problems_.empty(); }
  const std::vector<std::string>& problems() const { return problems_; }
  const Json& json() const { return json_; }
  std::string text() const {
    std::string all = text_;
    for (const std::string& problem : problems_) all += fmt::format("\nwrong: {}", problem);
    return all + (passed() ? "\nnothing is wrong with it" : "");
  }

 private:
  void complain(const std::string& problem) {
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
      problems_.push_back(problem);
  }
  void say(const std::string& line) { text_ += (text_.empty() ? "" : "\n") + line; }

  void describe(const ModelDescription& model) {
    std::uint64_t bytes = 0;
    for (const ModelFile& file : model.weight_files) bytes += file.bytes;
    json_ = {{"architecture", model.architecture},
             {"embedding_size", model.embedding_size},
             {"parameters", model.parameters},
             {"tensors", model.tensors},
             {"types", model.types},
             {"bytes", bytes}};
    say(fmt::format("'{}' is a {} model with embeddings of {} columns", folder_, model.architecture,
                    model.embedding_size));
    say(fmt::format("weights: {} parameters in {} tensors of {}, {}", grouped(model.parameters),
                    grouped(model.tensors), model.types, bytes_text(bytes)));
    if (model.image_tower) {
      json_["image_size"] = model.image_size;
      json_["patch_size"] = model.patch_size;
      json_["image_tower"] = tower_json(*model.image_tower);
      say(fmt::format("images: {} x {} pixels in patches of {}; {}", model.image_size, model.image_size,
                      model.patch_size, tower_text(*model.image_tower)));
    }
    if (model.text_tower) {
      json_["vocabulary"] = model.vocabulary;
      json_["text_tower"] = tower_json(*model.text_tower);
      say(fmt::format("texts: up to {} tokens out of {}; {}", model.text_tower->tokens,
                      grouped(static_cast<std::uint64_t>(model.vocabulary)),
                      tower_text(*model.text_tower)));
    }
  }

  // Every tensor is read, and one picture embedded.
  void try_images() {
    const auto model = ClipModel::load(folder_, {Precision::f32, true, false});
    if (!model.is_ok()) return complain(model.status().message());
    json_["fingerprint"] = model->fingerprint();
    say("fingerprint: " + model->fingerprint());
    if (!model->cache_problem().empty()) say(model->cache_problem());
    const auto side = static_cast<std::size_t>(model->preprocess().crop_width);
    const std::vector<Image> grey = {{model->preprocess().crop_width, model->preprocess().crop_height,
                                      std::vector<std::uint8_t>(side * side * 3, 128)}};
    MatrixF vector(1, static_cast<std::size_t>(model->embedding_size()));
    const Status status = model->embed_images(grey, vector);
    if (!status.is_ok()) return complain(status.message());
    expect_numbers(vector, "an image");
  }

  void try_texts() {
    const auto model = ClipModel::load(folder_, {Precision::f32, false, true});
    if (!model.is_ok()) return complain(model.status().message());
    const std::vector<std::string> texts = {"a photo of a dog"};
    const auto vectors = model->embed_texts(texts);
    if (!vectors.is_ok()) return complain(vectors.status().message());
    expect_numbers(*vectors, "a text");
  }

  void expect_numbers(const MatrixF& vectors, const char* what) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (std::isfinite(vectors.data()[i])) continue;
      return complain(fmt::format("the vector of {} is not a number: the weights are damaged", what));
    }
  }

  void compare_with_download() {
    const auto check = check_download(folder_);
    if (!check.is_ok()) return complain(check.status().message());
    for (const std::string& problem : check->problems) complain(problem);
    json_["downloaded"] = check->recorded;
    json_["digests_compared"] = check->files;
    if (check->recorded && check->problems.empty()) {
      say(fmt::format("{} are what was downloaded, by their digests",
                      counted(check->files, "file", "files")));
    }
  }

  std::string folder_;
  Json json_ = Json::object();
  std::string text_;
  std::vector<std::string> problems_;
};

// `count` of the images, evenly spread.
Result<std::vector<std::string>> sample(const std::vector<std::string>& inputs, std::size_t count,
                                        Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FindResult found, find_images(inputs, {}, progress));
  if (found.files.empty()) return Status::not_found("there is no image in the inputs of --images");
  const std::size_t chosen = std::min(count, found.files.size());
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < chosen; ++i)
    paths.push_back(found.files[i * found.files.size() / chosen].path);
  return paths;
}

Result<MatrixF> embed(const std::string& model, Precision precision, const std::vector<std::string>& paths,
                      Progress& progress) {
  EmbedOptions options;
  options.inputs = paths;
  options.model_folder = model;
  options.precision = precision;
  CLIPCLUSTER_ASSIGN_OR_RETURN(EmbeddedFiles embedded, embed_files(options, progress));
  if (embedded.paths.empty()) return Status::invalid_argument("none of the images could be used");
  return std::move(embedded.embeddings);
}

Json json_of(const PrecisionPrice& price) {
  return {{"precision", precision_name(price.precision)},
          {"least_cosine", price.least_cosine},
          {"cosine_quantile_1", price.cosine_quantile},
          {"mean_cosine", price.mean_cosine},
          {"neighbors", price.neighbors},
          {"same_neighbors", price.same_neighbors}};
}

struct Prices {
  Json json = Json::array();
  std::size_t images = 0;
  std::string table;
};

Result<Prices> find_prices(const CheckFlags& flags, const std::string& model, Session& session) {
  Progress& progress = session.progress();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                               sample(flags.images, static_cast<std::size_t>(flags.sample), progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF f32, embed(model, Precision::f32, paths, progress));
  Prices prices;
  prices.images = f32.rows();
  prices.table = fmt::format("{:<10}{:>14}{:>14}{:>14}{:>18}", "precision", "least cosine", "1 % below",
                             "mean cosine", "same neighbours");
  std::vector<Precision> precisions = {Precision::bf16, Precision::int8};
  if (!flags.precision.empty()) precisions = {precision_named(flags.precision)};
  for (const Precision precision : precisions) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF other, embed(model, precision, paths, progress));
    if (other.rows() != f32.rows()) return Status::io("the images changed while they were compared");
    CLIPCLUSTER_ASSIGN_OR_RETURN(const PrecisionPrice price,
                                 precision_price(precision, f32.view(), other.view()));
    prices.json.push_back(json_of(price));
    prices.table += fmt::format("\n{:<10}{:>14.5f}{:>14.5f}{:>14.5f}{:>18}", precision_name(precision),
                                price.least_cosine, price.cosine_quantile, price.mean_cosine,
                                percent(price.same_neighbors));
  }
  prices.table +=
      fmt::format("\nof {} beside f32; neighbours: the {} nearest of each",
                  counted(prices.images, "image", "images"), std::min<std::size_t>(10, prices.images - 1));
  return prices;
}

Result<ExitCode> check(const CheckFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string folder, named_model(flags.model));
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return Status::not_found(fmt::format("there is no folder '{}'", folder));
  FileCheck files(folder);
  files.run();
  Json result = {{"model", folder}, {"problems", files.problems()}};
  for (const auto& [key, value] : files.json().items()) result[key] = value;
  std::string text = files.text();
  if (!files.passed()) return session.answer(result, text, ExitCode::failed);
  if (flags.images.empty()) {
    text += "\n--images FOLDER tells what bf16 and int8 cost on your own images";
    return session.answer(result, text);
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Prices prices, find_prices(flags, folder, session));
  result["images"] = prices.images;
  result["precisions"] = prices.json;
  return session.answer(result, text + "\n\n" + prices.table);
}

}  // namespace

Command make_model_check(CLI::App& model, CommonOptions& common) {
  const auto flags = std::make_shared<CheckFlags>();
  CLI::App* app = model.add_subcommand("check", "Whether a model is whole, and what a precision costs");
  app->add_option("MODEL", flags->model, "CLIP checkpoint folder, or name of a downloaded model")
      ->required();
  app->add_option("--images", flags->images, "Files and folders to compare bf16 and int8 with f32 on")
      ->type_name("INPUT");
  add_choice(*app, "--precision", flags->precision, "Only this one (default: both)", {"bf16", "int8"});
  add_whole_number(*app, "--sample", flags->sample, "Images to compare on, at most", {1, 100'000});
  add_common_options(*app, common);
  add_example(*app, "clipcluster model check openai/clip-vit-base-patch32 --images ~/Pictures");
  return {app, [flags](Session& session) { return check(*flags, session); }};
}

}  // namespace clipcluster::cli
