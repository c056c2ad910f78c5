#include "sandbox/host/late_output.h"

#include <algorithm>
#include <utility>

namespace carrel {
namespace {

int64_t SizeOf(const DisplayBundle& bundle) {
  size_t bytes = bundle.display_id.size() + bundle.metadata_json.size();
  for (const MimeData& data : bundle.data) bytes += data.mime_type.size();
  return DataBytes(bundle) + static_cast<int64_t>(bytes);
}

}  // namespace

void LateOutput::AddText(OutputStream stream, absl::string_view text) {
  if (text.empty()) return;
  ClearIfWaiting();
  size_t& kept = text_bytes_[static_cast<int>(stream)];
  const size_t fits = std::min(text.size(), kMaxTextBytes - kept);
  loss_.output_bytes += static_cast<int64_t>(text.size() - fits);
  if (fits == 0) return;
  kept += fits;
  TextOf(stream)->append(text.data(), fits);
}

std::string* LateOutput::TextOf(OutputStream stream) {
  const bool many = texts_ >= kMaxPieces;
  for (auto it = items_.rbegin(); it != items_.rend(); ++it) {
    Text* text = std::get_if<Text>(&*it);
    if (text != nullptr && text->stream == stream) return &text->bytes;
    if (!many) break;
  }
  ++texts_;
  return &std::get<Text>(items_.emplace_back(Text{stream, {}})).bytes;
}

void LateOutput::AddDisplay(DisplayBundle bundle) {
  if (bundle.update)
    ForgetUpdateOf(bundle.display_id);
  else
    ClearIfWaiting();
  const int64_t size = SizeOf(bundle);
  if (displays_ == kMaxDisplays || display_bytes_ + size > kMaxDisplayBytes) {
    ++loss_.displays;
    return;
  }
  ++displays_;
  display_bytes_ += size;
  items_.emplace_back(std::move(bundle));
}

void LateOutput::ForgetUpdateOf(const std::string& display_id) {
  if (display_id.empty()) return;
  for (auto it = items_.begin(); it != items_.end(); ++it) {
    const auto* bundle = std::get_if<DisplayBundle>(&*it);
    if (bundle == nullptr || !bundle->update || bundle->display_id != display_id) continue;
    --displays_;
    display_bytes_ -= SizeOf(*bundle);
    items_.erase(it);
    return;
  }
}

void LateOutput::Clear(bool wait) {
  if (wait)
    clear_waits_ = true;
  else
    *this = LateOutput();
}

void LateOutput::ClearIfWaiting() {
  if (clear_waits_) *this = LateOutput();
}

void LateOutput::MoveTo(CellSink* sink, DisplayAssembler* budget) {
  LateOutput all = std::exchange(*this, {});
  for (Item& item : all.items_) {
    if (Text* text = std::get_if<Text>(&item)) {
      sink->OnOutput(text->stream, std::move(text->bytes));
    } else {
      DisplayBundle& bundle = std::get<DisplayBundle>(item);
      budget->Admit(&bundle);
      budget->SetKept(sink->OnDisplay(std::move(bundle)));
    }
  }
  if (all.has_loss()) sink->OnLateLoss(all.loss_);
  if (all.clear_waits_) budget->SetKept(sink->OnClear(/*wait=*/true));
}

}  // namespace carrel
