// spiece.model, checked before libsentencepiece reads it: that library trusts what it is given.
#pragma once

#include <string>
#include <string_view>

#include "clipcluster/status.h"

namespace clipcluster::clip {

// The bytes of a SentencePiece model (a protocol buffer, sentencepiece_model.proto) whose parts are all
// there and whose table of replaced characters leads nowhere outside itself; with its option
// add_dummy_prefix switched off, as SigLIP's tokenizer has it.
Result<std::string> read_piece_model(const std::string& path);

// Does the table of replaced characters (a length, a Darts-clone double array, strings) stay within its
// bytes whatever text is looked up? An empty one does.
bool is_closed_charsmap(std::string_view charsmap);

}  // namespace clipcluster::clip
