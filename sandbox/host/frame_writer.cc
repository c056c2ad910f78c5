#include "sandbox/host/frame_writer.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

#include "sandbox/ipc/frame_decoder.h"

namespace carrel {

void FrameWriter::SendCell(uint64_t cell_number, absl::string_view code) {
  std::string start = StartOfRunCell(cell_number, code.size());
  size_t sent = 0;
  if (!pending()) {
    iovec parts[] = {{start.data(), start.size()}, {const_cast<char*>(code.data()), code.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    sent = static_cast<size_t>(
        std::max<ssize_t>(0, sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT)));
  }
  if (sent == start.size() + code.size()) return;
  const size_t of_start = std::min(sent, start.size());
  kept_.append(start, of_start);
  kept_.append(code.data() + (sent - of_start), code.size() - (sent - of_start));
  Flush();
}

void FrameWriter::Flush() {
  while (pending()) {
    ssize_t n = send(socket_, kept_.data(), kept_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return kept_.clear();
    kept_.erase(0, static_cast<size_t>(n));
    if (kept_.empty()) kept_.shrink_to_fit();  // A large cell is not kept.
  }
}

}  // namespace carrel
