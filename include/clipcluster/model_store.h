// CLIP checkpoints by name: where they lie on this machine, and how they get there from Hugging Face.
// Needs no network except in download_model.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

// A checkpoint that is known to work, for lists. Others in the same layout can be downloaded as well.
struct KnownModel {
  std::string_view name;  // "openai/clip-vit-base-patch32"
  std::string_view description;
};
std::span<const KnownModel> known_models();

// $XDG_CACHE_HOME/clipcluster/models, or ~/.cache/clipcluster/models. Models lie below it as
// <owner>/<name>. not_found when neither variable says where.
Result<std::string> model_store_folder();

struct StoredModel {
  std::string name;  // "openai/clip-vit-base-patch32"
  std::string folder;
  std::uint64_t bytes = 0;
};
// By name; empty when there is no store yet.
std::vector<StoredModel> stored_models(const std::string& store);

// The folder that `model` means: itself when it is a folder, else the stored model of that name.
// not_found with a sentence that says how to get it.
Result<std::string> find_model(const std::string& model, const std::string& store);

struct DownloadModelOptions {
  std::string folder;  // where the checkpoint goes; empty: <store>/<owner>/<name>
  std::string store;   // model_store_folder()
  std::string revision = "main";
  std::string endpoint = "https://huggingface.co";  // $HF_ENDPOINT
  std::string token;                                // $HF_TOKEN; sent to the endpoint only
  int attempts = 5;                                 // for each file, without any byte gained
  double pause_seconds = 1.0;                       // before the second attempt; doubles each time
  double stall_seconds = 30.0;                      // a connection without a byte for so long is given up
  bool replace = false;                             // download again what is there already
};
// With HF_ENDPOINT and HF_TOKEN of the environment and the default store.
Result<DownloadModelOptions> download_model_options();

struct DownloadedModel {
  std::string folder;
  bool was_there = false;
  std::string commit;             // of the repository, when the server says
  std::uint64_t bytes = 0;        // of all files
  std::uint64_t transferred = 0;  // in this call; less than `bytes` after an interrupted one
};

// Downloads the files of a checkpoint (configuration, weights, tokenizer) from
// <endpoint>/<name>/resolve/<revision>/<file>. Every file's length and digest (SHA-256 of large files,
// git's SHA-1 of small ones, as the server states them) are checked before the folder appears, whole,
// under its name. What an interrupted call got is kept beside it and used by the next. Proxies as
// curl's (https_proxy, no_proxy). Errors name the address and say what to do; without a network: how
// to place the files by hand.
Result<DownloadedModel> download_model(const std::string& name, const DownloadModelOptions& options,
                                       Progress& progress = Progress::none());

struct DownloadCheck {
  bool recorded = false;              // download_model left its record in the folder
  std::size_t files = 0;              // that the record has a digest of
  std::vector<std::string> problems;  // a sentence for each file that is missing or another one
};

// Compares the files of a folder that download_model made with the lengths and digests that the server
// stated then. Reads all of them.
Result<DownloadCheck> check_download(const std::string& folder);

}  // namespace clipcluster
