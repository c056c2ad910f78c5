// Waits for descriptors that are read repeatedly. Unlike asio's, a wait can be cancelled by one
// system call: asio keeps a descriptor registered with the kernel for all of its life, so the
// loop's thread would be woken by data that another thread is polling for
// (EventLoop::PollInline).
#ifndef CARREL_SANDBOX_LOOP_READ_WAITS_H_
#define CARREL_SANDBOX_LOOP_READ_WAITS_H_

#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// All waits of a loop, behind one epoll descriptor, for which asio waits. Lives on the loop.
class ReadWaits {
 public:
  explicit ReadWaits(EventLoop* loop);
  ~ReadWaits();

 private:
  friend class ReadWait;
  using Handler = std::function<void(bool writable)>;
  // Waits may outlive the loop: objects that own them are destroyed with its last functions.
  struct State {
    UniqueFd epoll;
    // The kernel gets ids instead of pointers: the wait of an event may be gone.
    uint64_t last_id = 0;
    absl::flat_hash_map<uint64_t, std::shared_ptr<Handler>> handlers;
  };

  void Listen();
  void OnReady();

  EventLoop* const loop_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  asio::posix::stream_descriptor epoll_;  // The same descriptor; state_ closes it.
  bool listening_ = false;
};

// A wait for one descriptor. Lives on the loop, shorter than the descriptor.
class ReadWait {
 public:
  // `handler` is called on the loop, once for each Arm or ArmForWriting.
  ReadWait(EventLoop* loop, int fd, ReadWaits::Handler handler);
  ~ReadWait();
  ReadWait(const ReadWait&) = delete;
  ReadWait& operator=(const ReadWait&) = delete;

  // Waits until the descriptor is readable, or its other end is closed.
  void Arm();
  // Waits until it is readable or writable.
  void ArmForWriting();
  // Stops waiting, until Arm or ArmForWriting.
  void Disarm();

 private:
  void Set(uint32_t events);

  const std::shared_ptr<ReadWaits::State> state_;
  const int fd_;
  const uint64_t id_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LOOP_READ_WAITS_H_
