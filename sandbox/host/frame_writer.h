// The write half of an interpreter's frame socket.
#ifndef CARREL_SANDBOX_HOST_FRAME_WRITER_H_
#define CARREL_SANDBOX_HOST_FRAME_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace carrel {

// Keeps what the socket does not take yet. Lives on the loop, shorter than the socket.
class FrameWriter {
 public:
  // `socket` is non-blocking.
  explicit FrameWriter(int socket) : socket_(socket) {}

  // Sends the frame that makes the interpreter run a cell. Only the bytes for which the socket has
  // no room are copied.
  void SendCell(uint64_t cell_number, absl::string_view code);
  // Sends kept bytes, as far as the socket takes them. Drops them if the peer is gone, the end of
  // which is noticed elsewhere.
  void Flush();
  // True if bytes are kept: call Flush when the socket is writable.
  bool pending() const { return !kept_.empty(); }

 private:
  const int socket_;
  std::string kept_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_FRAME_WRITER_H_
