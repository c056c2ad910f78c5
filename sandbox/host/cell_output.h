// The way from what an interpreter shows to the cell to which it belongs.
#ifndef CARREL_SANDBOX_HOST_CELL_OUTPUT_H_
#define CARREL_SANDBOX_HOST_CELL_OUTPUT_H_

#include <cstdint>
#include <string>

#include "carrel/internal/frames.pb.h"
#include "sandbox/cell.h"
#include "sandbox/host/late_output.h"
#include "sandbox/ipc/display_assembler.h"

namespace carrel {

// Passes output to the sink of the running cell. Between cells, when only threads print, it keeps
// the output for the next cell. Lives on the loop.
class CellOutput {
 public:
  // Starts a cell whose displays may take `display_bytes`; it gets what was kept.
  void Begin(CellSink* sink, int64_t display_bytes);
  // Ends the cell. Harmless if none was begun.
  void End();
  // The sink of the running cell; null between cells.
  CellSink* sink() const { return sink_; }

  void AddText(OutputStream stream, std::string bytes);
  // Adds output that came as a frame, and returns true; returns false if the frame is none.
  bool AddFrame(const internal::GuestFrame& frame);

 private:
  void AddDisplay(const internal::DisplayPart& part);
  void Clear(bool wait);

  CellSink* sink_ = nullptr;
  DisplayAssembler displays_{LateOutput::kMaxDisplayBytes};
  LateOutput late_output_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_CELL_OUTPUT_H_
