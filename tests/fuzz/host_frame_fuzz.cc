// The guest's side of the frames: the interpreter reads what its host sends. Input: one byte that
// says how the stream is cut into pieces, then the stream.
#include <google/protobuf/stubs/common.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "sandbox/child/interpreter/frame_channel.h"
#include "sandbox/files/path_name.h"
#include "sandbox/ipc/frame_decoder.h"
#include "sandbox/ipc/frame_limits.h"
#include "sandbox/posix/unique_fd.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

// A socket takes this many bytes without a reader.
constexpr size_t kMostBytes = 64 << 10;

void Write(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    FUZZ_CHECK(sent > 0);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

struct Sockets {
  Sockets() {
    int fds[2];
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    host.reset(fds[0]);
    guest.reset(fds[1]);
  }
  UniqueFd host, guest;
};

// Nothing is printed here, so no pipes are watched either.
void* Ring() {
  alignas(OutputRingHeader) static char ring[kOutputRingBytes];
  return ring;
}

// Sends a cell that was received to another guest, which must receive the same cell.
void CheckRoundTrip(const internal::RunCell& cell) {
  Sockets sockets;
  Write(sockets.host.get(), StartOfRunCell(cell.cell(), cell.code().size()) + cell.code());
  internal::HostFrame again;
  FUZZ_CHECK(child::FrameChannel(sockets.guest.get(), Ring(), -1).Receive(&again) ==
             child::FrameChannel::Received::kFrame);
  FUZZ_CHECK(again.run_cell().cell() == cell.cell() && again.run_cell().code() == cell.code());
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::LogSilencer silence;
  carrel::fuzz::FuzzInput input(data, size);
  carrel::fuzz::Pieces pieces(input.TakeByte());
  absl::string_view stream = input.TakeBytes(carrel::kMostBytes);
  const size_t total = stream.size();
  carrel::Sockets sockets;
  // The number of small pieces is limited because each costs socket memory of its own.
  for (int i = 0; i < 64 && !stream.empty(); ++i) {
    const size_t piece = pieces.Next(stream.size());
    carrel::Write(sockets.host.get(), stream.substr(0, piece));
    stream.remove_prefix(piece);
  }
  carrel::Write(sockets.host.get(), stream);
  sockets.host.reset();
  carrel::child::FrameChannel channel(sockets.guest.get(), carrel::Ring(), -1);
  carrel::internal::HostFrame frame;
  size_t frames = 0;
  while (channel.Receive(&frame) == carrel::child::FrameChannel::Received::kFrame) {
    // Each frame has a header, so the number of frames is bounded.
    FUZZ_CHECK(++frames * carrel::kFrameHeaderBytes <= total);
    FUZZ_CHECK(frame.ByteSizeLong() <= carrel::kMaxFrameBytes);
    if (frame.has_run_cell()) FUZZ_CHECK(carrel::IsValidUtf8(frame.run_cell().code()));
    if (frames == 1 && frame.has_run_cell()) carrel::CheckRoundTrip(frame.run_cell());
  }
  return 0;
}
