// Joins the parts of displays that an interpreter sends, within a budget.
#ifndef CARREL_SANDBOX_PARSING_DISPLAY_ASSEMBLER_H_
#define CARREL_SANDBOX_PARSING_DISPLAY_ASSEMBLER_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/sandbox.h"

namespace carrel {

// Bytes of its data, without what was dropped.
int64_t DataBytes(const DisplayBundle& bundle);
// Names, ids, metadata and what it takes to keep them wrap a display's data. So many bytes of that
// are free for each display: one of a few bytes costs no more than these. The sink bounds how many
// displays there are.
inline constexpr int64_t kFreeWrappingBytes = 512;
// Returns what a display counts against a budget: its data, and its wrapping beyond what is free.
int64_t CostOf(const DisplayBundle& bundle);

// Holds at most the budget in memory, however many parts come. A representation that does not fit
// is dropped whole; its size is still counted. Where there is no room for what is wrapped around
// the data, the metadata is left out, or else the display is. One assembler serves all cells of an
// interpreter: a thread may begin a bundle in one cell and end it in the next.
class DisplayAssembler {
 public:
  // Representations of one bundle, and bytes of its names; more are ignored.
  static constexpr size_t kMaxRepresentations = 32;
  static constexpr size_t kMaxNameBytes = 256;
  static constexpr size_t kMaxMetadataBytes = 64 << 10;

  explicit DisplayAssembler(int64_t budget_bytes) : budget_(budget_bytes) {}

  // Adds a part; the bundle, if this was its last. What it holds counts as kept.
  absl::optional<DisplayBundle> Add(const internal::DisplayPart& part);

  // A new budget, of which nothing is used but for the bundle that is incomplete; if that one
  // exceeds it, its data is dropped.
  void StartBudget(int64_t budget_bytes);
  // So many bytes of complete bundles are still kept, by whoever has them.
  void SetKept(int64_t bytes) { kept_ = bytes; }
  // Counts a complete bundle from elsewhere as kept; drops what does not fit.
  void Admit(DisplayBundle* bundle);

 private:
  void AddData(const internal::DisplayPart& part);
  // Counts what is wrapped around the data of a bundle, which is counted already.
  void ChargeWrapping(DisplayBundle* bundle);
  int64_t left() const { return budget_ - kept_ - incomplete_; }

  int64_t budget_;
  int64_t kept_ = 0;
  int64_t incomplete_ = 0;  // Bytes of bundle_.
  DisplayBundle bundle_;
  bool ignoring_ = false;  // The current representation is one too many.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PARSING_DISPLAY_ASSEMBLER_H_
