#include "sandbox/parsing/display_assembler.h"

#include <utility>

namespace carrel {

absl::optional<DisplayBundle> DisplayAssembler::Add(const internal::DisplayPart& part) {
  if (!part.mime_type().empty()) {
    ignoring_ = bundle_.data.size() >= kMaxRepresentations;
    if (!ignoring_) {
      bundle_.data.emplace_back();
      bundle_.data.back().mime_type = part.mime_type().substr(0, kMaxNameBytes);
    }
  }
  AddData(part);
  if (!part.last()) return absl::nullopt;
  DisplayBundle done = std::exchange(bundle_, {});
  ignoring_ = false;
  done.is_result = part.is_result();
  done.update = part.update();
  done.display_id = part.display_id().substr(0, kMaxNameBytes);
  // Cut JSON is no JSON.
  if (part.metadata_json().size() <= kMaxMetadataBytes) done.metadata_json = part.metadata_json();
  if (done.data.empty()) return absl::nullopt;
  return done;
}

void DisplayAssembler::AddData(const internal::DisplayPart& part) {
  if (ignoring_ || bundle_.data.empty()) return;
  MimeData& current = bundle_.data.back();
  int64_t size = static_cast<int64_t>(part.data().size());
  current.size_bytes += size;
  if (current.dropped) return;
  if (size > left_) {
    left_ += static_cast<int64_t>(current.data.size());
    current.data.clear();
    current.data.shrink_to_fit();
    current.dropped = true;
    return;
  }
  left_ -= size;
  current.data.append(part.data());
}

}  // namespace carrel
