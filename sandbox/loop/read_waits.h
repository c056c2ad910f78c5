// Waits for descriptors that are read again and again. Unlike asio's, a wait can be called off
// for the price of one system call: asio has the kernel tell of a descriptor for all of its
// life, and the loop's thread would be woken by what another thread is there to read
// (EventLoop::BorrowThread).
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

// All of a loop's, behind one epoll descriptor, which asio waits for. Lives on the loop.
class ReadWaits {
 public:
  explicit ReadWaits(EventLoop* loop);
  ~ReadWaits();

 private:
  friend class ReadWait;
  using Handler = std::function<void(bool writable)>;
  // Waits may outlive the loop, as what holds them is destroyed with its last functions.
  struct State {
    UniqueFd epoll;
    // Ids, and not pointers, in the kernel's hands: what an event tells of may be gone.
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

// One descriptor. Lives on the loop, shorter than the descriptor.
class ReadWait {
 public:
  // `handler` is called in a turn, once for each Arm or ArmForWriting.
  ReadWait(EventLoop* loop, int fd, ReadWaits::Handler handler);
  ~ReadWait();
  ReadWait(const ReadWait&) = delete;
  ReadWait& operator=(const ReadWait&) = delete;

  // Until it can be read, or its other end is closed.
  void Arm();
  // Until it can be read or written.
  void ArmForWriting();
  // No more, until Arm.
  void Disarm();

 private:
  void Set(uint32_t events);

  const std::shared_ptr<ReadWaits::State> state_;
  const int fd_;
  const uint64_t id_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LOOP_READ_WAITS_H_
