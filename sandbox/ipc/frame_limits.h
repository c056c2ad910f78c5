// The framing that host and interpreter share: a little-endian uint32 length, followed by that many
// bytes of one protobuf message. See docs/frames.md.
#ifndef CARREL_SANDBOX_IPC_FRAME_LIMITS_H_
#define CARREL_SANDBOX_IPC_FRAME_LIMITS_H_

#include <cstddef>

namespace carrel {

inline constexpr size_t kFrameHeaderBytes = 4;
// A longer frame ends the session that sent it.
inline constexpr size_t kMaxFrameBytes = 1 << 20;
// The maximum payload of one part, which keeps a frame below the maximum.
inline constexpr size_t kMaxPartBytes = 512 << 10;

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_FRAME_LIMITS_H_
