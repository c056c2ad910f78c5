// Joins the parts of displays that an interpreter sends, within a budget.
#ifndef CARREL_SANDBOX_IPC_DISPLAY_ASSEMBLER_H_
#define CARREL_SANDBOX_IPC_DISPLAY_ASSEMBLER_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/cell.h"

namespace carrel {

// Returns the bytes of a display's data, without dropped representations.
int64_t DataBytes(const DisplayBundle& bundle);
// Names, ids, metadata and the memory to keep them wrap a display's data. This many bytes of
// wrapping are free for each display, so one of a few bytes costs no more than these. The sink
// limits the number of displays.
inline constexpr int64_t kFreeWrappingBytes = 512;
// Returns the bytes that a display counts against a budget: its data, and its wrapping beyond the
// free part.
int64_t CostOf(const DisplayBundle& bundle);

// Holds at most the budget in memory, however many parts come. A representation that does not fit
// is dropped as a whole; its size is still counted. If the wrapping does not fit, the metadata is
// left out or, failing that, the display. One assembler serves all cells of an interpreter: a
// thread may begin a bundle in one cell and end it in the next.
class DisplayAssembler {
 public:
  // Limits on the representations of one bundle and the bytes of a name; the excess is ignored.
  static constexpr size_t kMaxRepresentations = 32;
  static constexpr size_t kMaxNameBytes = 256;
  static constexpr size_t kMaxMetadataBytes = 64 << 10;

  explicit DisplayAssembler(int64_t budget_bytes) : budget_(budget_bytes) {}

  // Adds a part; returns the bundle, if this was its last part. All that the bundle holds counts as
  // kept.
  absl::optional<DisplayBundle> Add(const internal::DisplayPart& part);

  // Starts a new budget, of which only the incomplete bundle is used; if that exceeds it, its data
  // is dropped.
  void StartBudget(int64_t budget_bytes);
  // Sets the number of bytes of complete bundles that the sink still keeps.
  void SetKept(int64_t bytes) { kept_ = bytes; }
  // Counts a complete bundle from elsewhere as kept; drops what does not fit.
  void Admit(DisplayBundle* bundle);

 private:
  void AddData(const internal::DisplayPart& part);
  // Counts the wrapping of a bundle whose data is counted already.
  void ChargeWrapping(DisplayBundle* bundle);
  int64_t left() const { return budget_ - kept_ - incomplete_; }

  int64_t budget_;
  int64_t kept_ = 0;
  int64_t incomplete_ = 0;  // The bytes of bundle_.
  DisplayBundle bundle_;
  bool ignoring_ = false;  // The current representation exceeds kMaxRepresentations.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_DISPLAY_ASSEMBLER_H_
