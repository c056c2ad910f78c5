// Joins the parts of displays that an interpreter sends, within a budget.
#ifndef CARREL_SANDBOX_PARSING_DISPLAY_ASSEMBLER_H_
#define CARREL_SANDBOX_PARSING_DISPLAY_ASSEMBLER_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/sandbox.h"

namespace carrel {

// Serves one cell. Holds at most the budget in memory, however many parts come. A
// representation that does not fit is dropped whole; its size is still counted.
class DisplayAssembler {
 public:
  // Representations of one bundle, and bytes of its names; more are ignored.
  static constexpr size_t kMaxRepresentations = 32;
  static constexpr size_t kMaxNameBytes = 256;
  static constexpr size_t kMaxMetadataBytes = 64 << 10;

  explicit DisplayAssembler(int64_t budget_bytes) : left_(budget_bytes) {}

  // Adds a part; the bundle, if this was its last.
  absl::optional<DisplayBundle> Add(const internal::DisplayPart& part);

 private:
  void AddData(const internal::DisplayPart& part);

  int64_t left_;
  DisplayBundle bundle_;
  bool ignoring_ = false;  // The current representation is one too many.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PARSING_DISPLAY_ASSEMBLER_H_
