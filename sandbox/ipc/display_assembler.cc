#include "sandbox/ipc/display_assembler.h"

#include <algorithm>
#include <utility>

namespace carrel {
namespace {

// The memory that a representation takes besides its bytes.
constexpr int64_t kRepresentationBytes = 64;

int64_t WrappingBytes(const DisplayBundle& bundle) {
  size_t bytes = bundle.display_id.size() + bundle.metadata_json.size();
  for (const MimeData& data : bundle.data) bytes += data.mime_type.size() + kRepresentationBytes;
  return std::max<int64_t>(0, static_cast<int64_t>(bytes) - kFreeWrappingBytes);
}

void Drop(MimeData* data) {
  data->data.clear();
  data->data.shrink_to_fit();
  data->dropped = true;
}

}  // namespace

int64_t DataBytes(const DisplayBundle& bundle) {
  int64_t bytes = 0;
  for (const MimeData& data : bundle.data) bytes += static_cast<int64_t>(data.data.size());
  return bytes;
}

int64_t CostOf(const DisplayBundle& bundle) { return DataBytes(bundle) + WrappingBytes(bundle); }

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
  kept_ += std::exchange(incomplete_, 0);
  ignoring_ = false;
  done.is_result = part.is_result();
  done.update = part.update();
  done.display_id = part.display_id().substr(0, kMaxNameBytes);
  // Truncated JSON would be malformed.
  if (part.metadata_json().size() <= kMaxMetadataBytes) done.metadata_json = part.metadata_json();
  if (done.data.empty()) return absl::nullopt;
  ChargeWrapping(&done);
  return done;
}

void DisplayAssembler::ChargeWrapping(DisplayBundle* bundle) {
  // Free wrapping needs no room, so it fits even if the budget is used up.
  const int64_t room = std::max<int64_t>(0, left());
  if (WrappingBytes(*bundle) > room) bundle->metadata_json = {};
  const int64_t bytes = WrappingBytes(*bundle);
  if (bytes <= room) {
    kept_ += bytes;
    return;
  }
  kept_ -= DataBytes(*bundle);
  for (MimeData& data : bundle->data) Drop(&data);
  bundle->dropped = true;
}

void DisplayAssembler::AddData(const internal::DisplayPart& part) {
  if (ignoring_ || bundle_.data.empty()) return;
  MimeData& current = bundle_.data.back();
  int64_t size = static_cast<int64_t>(part.data().size());
  current.size_bytes += size;
  if (current.dropped) return;
  if (size > left()) {
    incomplete_ -= static_cast<int64_t>(current.data.size());
    return Drop(&current);
  }
  incomplete_ += size;
  current.data.append(part.data());
}

void DisplayAssembler::StartBudget(int64_t budget_bytes) {
  budget_ = budget_bytes;
  kept_ = 0;
  if (left() >= 0) return;
  for (MimeData& data : bundle_.data) Drop(&data);
  incomplete_ = 0;
}

void DisplayAssembler::Admit(DisplayBundle* bundle) {
  for (MimeData& data : bundle->data) {
    const auto size = static_cast<int64_t>(data.data.size());
    if (size > left())
      Drop(&data);
    else
      kept_ += size;
  }
  ChargeWrapping(bundle);
}

}  // namespace carrel
