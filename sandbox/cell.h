// A cell, and what it shows while it runs.
#ifndef CARREL_SANDBOX_CELL_H_
#define CARREL_SANDBOX_CELL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace carrel {

// A cell to run.
struct Cell {
  absl::string_view code;  // UTF-8. Must live until the cell's `done`.
  absl::Duration timeout;  // Wall time after which the cell is interrupted.
  // CPU time of the process tree after which the cell is interrupted. Usage is sampled.
  absl::Duration cpu_time = absl::InfiniteDuration();
  int64_t display_bytes = 0;  // The limit on all displays together that its sink keeps.
};

enum class OutputStream { kStdout, kStderr };

// One representation of a display.
struct MimeData {
  std::string mime_type;
  std::string data;        // Any bytes, not validated. Empty if dropped.
  int64_t size_bytes = 0;  // The size before it was dropped, if it was.
  bool dropped = false;    // True if it exceeded what was left of Cell::display_bytes.
};

// A MIME bundle. All strings are guest bytes: limited in size, but not validated.
struct DisplayBundle {
  std::vector<MimeData> data;
  bool is_result = false;  // True if it is the value of the last expression.
  bool update = false;
  std::string display_id;
  std::string metadata_json;
  // True if even the MIME types did not fit what was left of Cell::display_bytes: the whole bundle
  // is dropped.
  bool dropped = false;
};

// A Python exception, as the guest reports it: limited in size, but not validated.
struct PythonException {
  std::string type;
  std::string message;
  std::string traceback;
};

// Output and displays that threads made between two cells, and that were dropped.
struct LateLoss {
  int64_t output_bytes = 0;
  int64_t displays = 0;
};

// Receives the events of a running cell, in the order in which the guest made them.
class CellSink {
 public:
  virtual ~CellSink() = default;
  // The code was handed to the interpreter.
  virtual void OnStarted() = 0;
  // The cell was not over within a moment, so the caller may report that it runs.
  virtual void OnLasting() = 0;
  // Receives output. Its total is unlimited: the sink must limit what it keeps.
  virtual void OnOutput(OutputStream stream, std::string bytes) = 0;
  // Returns how many bytes of displays the sink keeps now, this one included: only they count
  // against Cell::display_bytes.
  virtual int64_t OnDisplay(DisplayBundle bundle) = 0;
  // Clears all earlier output: at once or, if `wait`, when the next output arrives that is not an
  // update of a display. Returns as OnDisplay does, without displays that are about to be cleared.
  virtual int64_t OnClear(bool wait) = 0;
  // Reports how much output between the previous cell and this one did not fit.
  virtual void OnLateLoss(const LateLoss& loss) = 0;
  virtual void OnException(PythonException exception) = 0;
  // The sandbox refused a system call of the cell; `name` is e.g. "socket". Only some of many
  // refusals are reported.
  virtual void OnRefusedCall(const std::string& name) = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CELL_H_
