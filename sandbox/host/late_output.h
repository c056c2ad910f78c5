// Output that an interpreter's threads print and display while no cell runs, kept for the next
// cell.
#ifndef CARREL_SANDBOX_HOST_LATE_OUTPUT_H_
#define CARREL_SANDBOX_HOST_LATE_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "sandbox/cell.h"
#include "sandbox/ipc/display_assembler.h"

namespace carrel {

// Keeps output in order, up to its limits; the excess is only counted.
class LateOutput {
 public:
  static constexpr size_t kMaxTextBytes = 64 << 10;  // The limit of each stream.
  static constexpr size_t kMaxDisplays = 64;
  static constexpr int64_t kMaxDisplayBytes = 4 << 20;  // Includes names and metadata.
  // The number of pieces of text up to which the order of the two streams is kept.
  static constexpr size_t kMaxPieces = 1024;

  void AddText(OutputStream stream, absl::string_view text);
  // Adds a display; an update replaces an earlier update of the same display.
  void AddDisplay(DisplayBundle bundle);
  // Clears like CellSink::OnClear.
  void Clear(bool wait);

  bool empty() const { return items_.empty() && !clear_waits_ && !has_loss(); }
  // Passes everything to the sink of a cell that begins, and forgets it. The displays count against
  // the cell's budget.
  void MoveTo(CellSink* sink, DisplayAssembler* budget);

 private:
  struct Text {
    OutputStream stream;
    std::string bytes;
  };
  using Item = std::variant<Text, DisplayBundle>;

  // Performs a pending clear, since something new is shown.
  void ClearIfWaiting();
  void ForgetUpdateOf(const std::string& display_id);
  // Returns the piece to which text of the stream is to be appended.
  std::string* TextOf(OutputStream stream);
  bool has_loss() const { return loss_.output_bytes > 0 || loss_.displays > 0; }

  std::vector<Item> items_;
  size_t texts_ = 0;  // The number of text pieces in items_.
  size_t text_bytes_[2] = {};
  size_t displays_ = 0;
  int64_t display_bytes_ = 0;
  bool clear_waits_ = false;
  LateLoss loss_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_LATE_OUTPUT_H_
