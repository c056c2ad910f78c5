#include "sandbox/host/cell_output.h"

#include <utility>

#include "absl/types/optional.h"

namespace carrel {

void CellOutput::Begin(CellSink* sink, int64_t display_bytes) {
  sink_ = sink;
  displays_.StartBudget(display_bytes);
  if (!late_output_.empty()) late_output_.MoveTo(sink, &displays_);
}

void CellOutput::End() {
  sink_ = nullptr;
  displays_.StartBudget(LateOutput::kMaxDisplayBytes);
}

void CellOutput::AddText(OutputStream stream, std::string bytes) {
  if (sink_ != nullptr)
    sink_->OnOutput(stream, std::move(bytes));
  else
    late_output_.AddText(stream, bytes);
}

bool CellOutput::AddFrame(const internal::GuestFrame& frame) {
  switch (frame.frame_case()) {
    case internal::GuestFrame::kStream:
      AddText(frame.stream().is_stderr() ? OutputStream::kStderr : OutputStream::kStdout,
              frame.stream().text());
      return true;
    case internal::GuestFrame::kDisplay:
      AddDisplay(frame.display());
      return true;
    case internal::GuestFrame::kClear:
      Clear(frame.clear().wait());
      return true;
    default:
      return false;
  }
}

void CellOutput::AddDisplay(const internal::DisplayPart& part) {
  absl::optional<DisplayBundle> bundle = displays_.Add(part);
  if (!bundle.has_value()) return;
  if (sink_ != nullptr) {
    displays_.SetKept(sink_->OnDisplay(*std::move(bundle)));
  } else {
    late_output_.AddDisplay(*std::move(bundle));
    displays_.SetKept(0);  // Late output has limits of its own.
  }
}

void CellOutput::Clear(bool wait) {
  if (sink_ != nullptr)
    displays_.SetKept(sink_->OnClear(wait));
  else
    late_output_.Clear(wait);
}

}  // namespace carrel
