#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/embed_flags.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/noise_text.h"
#include "cli/path_list.h"
#include "cli/standard_input.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

struct AssignFlags {
  std::string project;
  std::vector<std::string> inputs;
  std::string embeddings;
  AssignOptions options;
  std::string device = "cpu";
  FindOptions find;
  bool null = false;
};

Json error_line(const std::string& path, SkipReason reason, const std::string& message) {
  Json line;
  set_path(line, path);
  line["error"] = {{"reason", skip_reason_name(reason)}, {"message", message}};
  return line;
}

// Everything but what the answer is about.
void set_answer(Json& line, const Assignment& assignment) {
  line["cluster"] = assignment.label;
  line["name"] = assignment.name.empty() ? Json() : Json(assignment.name);
  line["probability"] = assignment.probability;
  if (assignment.confidence) line["confidence"] = *assignment.confidence;
  line["tier"] = tier_name(assignment.tier);
  if (assignment.reason != NoiseReason::none) {
    line["reason"] = noise_reason_name(assignment.reason);
    line["sureness"] = assignment.sureness;
    line["nearest_clusters"] = to_json(assignment.nearest_clusters);
  }
  line["known"] = assignment.known;
  Json& nearest = line["nearest"] = Json::array();
  for (const SimilarImage& similar : assignment.nearest) {
    Json entry;
    set_path(entry, similar.path);
    entry["similarity"] = similar.similarity;
    entry["cluster"] = similar.label;
    nearest.push_back(std::move(entry));
  }
}

Json json_of(const Assignment& assignment) {
  if (assignment.error) {
    return error_line(assignment.path, assignment.error->reason, assignment.error->message);
  }
  Json line;
  set_path(line, assignment.path);
  set_answer(line, assignment);
  return line;
}

// A file as named, or what a folder or an archive holds; files that cannot be used keep their place among
// the others.
struct Item {
  std::string path;
  const SkippedFile* skipped = nullptr;
};

class Assigning {
 public:
  Assigning(const AssignFlags& flags, const Assigner& assigner, Session& session)
      : flags_(flags), assigner_(assigner), session_(session) {}

  Status assign_inputs(std::span<const std::string> inputs) {
    std::vector<std::string> files;
    for (const std::string& input : inputs) {
      if (!is_image_collection(input)) {
        files.push_back(input);
        continue;
      }
      CLIPCLUSTER_RETURN_IF_ERROR(assign_files(files));
      files.clear();
      CLIPCLUSTER_RETURN_IF_ERROR(assign_folder(input));
    }
    return assign_files(files);
  }

  Status assign_rows(const std::string& embeddings) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const auto vectors, read_points<float>(embeddings));
    const auto expected = static_cast<std::size_t>(assigner_.space().size);
    CLIPCLUSTER_RETURN_IF_ERROR(check_columns(embeddings, vectors.cols(), flags_.project, expected));
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<Assignment> answers, assigner_.assign_vectors(vectors));
    for (std::size_t row = 0; row < answers.size(); ++row) {
      Json line = {{"row", row}};
      set_answer(line, answers[row]);
      CLIPCLUSTER_RETURN_IF_ERROR(print(line, false));
    }
    return {};
  }

  std::size_t assigned() const { return assigned_; }
  std::size_t failed() const { return failed_; }

 private:
  Status assign_folder(const std::string& folder) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const FindResult found,
                                 find_images(std::span(&folder, 1), flags_.find, session_.progress()));
    std::vector<Item> items;
    for (const FoundFile& file : found.files) items.push_back({file.path});
    for (const SkippedFile& file : found.skipped) items.push_back({file.path, &file});
    std::stable_sort(items.begin(), items.end(),
                     [](const Item& a, const Item& b) { return a.path < b.path; });
    std::vector<std::string> files;
    for (const Item& item : items) {
      if (item.skipped == nullptr) {
        files.push_back(item.path);
        continue;
      }
      CLIPCLUSTER_RETURN_IF_ERROR(assign_files(files));
      files.clear();
      CLIPCLUSTER_RETURN_IF_ERROR(
          print(error_line(item.path, item.skipped->reason, item.skipped->message), true));
    }
    return assign_files(files);
  }

  Status assign_files(std::span<const std::string> paths) {
    constexpr std::size_t worth_a_bar = 64;
    if (paths.empty()) return {};
    TerminalProgress silent(ProgressStyle::none, false);
    Progress& progress = paths.size() >= worth_a_bar ? session_.progress() : silent;
    return assigner_.assign(
        paths,
        [this](const Assignment& assignment) {
          return print(json_of(assignment), assignment.error.has_value());
        },
        progress);
  }

  Status print(const Json& line, bool failure) {
    ++(failure ? failed_ : assigned_);
    fmt::print("{}\n", json_line(line));
    if (std::fflush(stdout) != 0) return Status::io("cannot write to standard output");
    return {};
  }

  const AssignFlags& flags_;
  const Assigner& assigner_;
  Session& session_;
  std::size_t assigned_ = 0;
  std::size_t failed_ = 0;
};

Status assign_standard_input(Assigning& assigning, bool null) {
  StandardInput input(null ? '\0' : '\n');
  for (;;) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<std::string> lines, input.lines());
    if (lines.empty()) return {};
    for (std::string& line : lines) {
      if (!null) line = parse_path_line(line);
    }
    std::erase(lines, "");
    CLIPCLUSTER_RETURN_IF_ERROR(assigning.assign_inputs(lines));
  }
}

Status assign_all(const AssignFlags& flags, Assigning& assigning) {
  if (!flags.embeddings.empty()) return assigning.assign_rows(flags.embeddings);
  for (const std::string& input : flags.inputs) {
    if (input == "-") {
      CLIPCLUSTER_RETURN_IF_ERROR(assign_standard_input(assigning, flags.null));
    } else {
      CLIPCLUSTER_RETURN_IF_ERROR(assigning.assign_inputs(std::span(&input, 1)));
    }
  }
  return {};
}

Result<ExitCode> run_assign(const AssignFlags& flags, Session& session) {
  if (flags.inputs.empty() == flags.embeddings.empty()) {
    throw UsageError("give either image files and folders, or --embeddings");
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Assigner assigner, Assigner::open(flags.project, flags.options));
  Assigning assigning(flags, assigner, session);
  CLIPCLUSTER_RETURN_IF_ERROR(assign_all(flags, assigning));
  session.detail(fmt::format("{} assigned, {} could not be used, in {}",
                             counted(assigning.assigned(), "image", "images"), grouped(assigning.failed()),
                             seconds_text(session.seconds())));
  return assigning.failed() == 0 ? ExitCode::done : ExitCode::some_skipped;
}

}  // namespace

Command make_assign_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<AssignFlags>();
  CLI::App* app = program.add_subcommand(
      "assign", "Which cluster of a project each new image belongs to, as JSON lines");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_option(
      "INPUT", flags->inputs,
      "Image files, folders, zip and tar archives; - reads paths from standard input, one a line");
  app->add_option("--embeddings", flags->embeddings, "Assign the rows of this .npy array instead of images")
      ->type_name("FILE");
  app->add_flag("--null", flags->null,
                "Paths on standard input end with a NUL byte instead of a line break");
  add_whole_number(*app, "--nearest", flags->options.nearest,
                   "How many similar images of the project to name", {0, 1000});
  add_model(*app, flags->options.model_folder)
      ->description("Where the project's CLIP checkpoint folder is now (default: where it was)");
  add_device(*app, flags->device);
  app->add_flag("--include-hidden", flags->find.include_hidden,
                "Also files in folders whose name begins with a dot");
  app->add_flag("--archives", flags->find.archives_in_folders,
                "Also what is in zip and tar archives inside folders (as inputs they are always read)");
  add_byte_count(*app, "--max-pixels", flags->options.decode.max_pixels, "Larger images are not decoded");
  add_byte_count(*app, "--max-bytes", flags->options.decode.max_bytes, "Larger files are not read");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster assign pictures new1.jpg new2.png\n"
              "  find ~/Downloads -name '*.jpg' -print0 | clipcluster assign pictures - --null");
  return {app, [flags](Session& session) { return run_assign(*flags, session); }};
}

}  // namespace clipcluster::cli
