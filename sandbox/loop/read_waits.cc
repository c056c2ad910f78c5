#include "sandbox/loop/read_waits.h"

#include <sys/epoll.h>

#include <utility>

namespace carrel {
namespace {

// The number of events handled in one loop iteration.
constexpr int kMaxEvents = 16;

}  // namespace

ReadWaits::ReadWaits(EventLoop* loop) : loop_(loop), epoll_(loop->context()) {
  state_->epoll.reset(epoll_create1(EPOLL_CLOEXEC));
  epoll_.assign(state_->epoll.get());
}

ReadWaits::~ReadWaits() { epoll_.release(); }

void ReadWaits::Listen() {
  if (std::exchange(listening_, true)) return;
  loop_->Wait(&epoll_, asio::posix::stream_descriptor::wait_read,
              [this](const asio::error_code& error) {
                listening_ = false;
                if (!error) OnReady();
              });
}

void ReadWaits::OnReady() {
  epoll_event events[kMaxEvents];
  const int count = epoll_wait(state_->epoll.get(), events, kMaxEvents, 0);
  for (int i = 0; i < count; ++i) {
    auto found = state_->handlers.find(events[i].data.u64);
    if (found == state_->handlers.end()) continue;
    // The handler may destroy its own wait.
    const std::shared_ptr<Handler> handler = found->second;
    (*handler)((events[i].events & EPOLLOUT) != 0);
  }
  Listen();
}

ReadWait::ReadWait(EventLoop* loop, int fd, ReadWaits::Handler handler)
    : state_(loop->read_waits().state_), fd_(fd), id_(++state_->last_id) {
  state_->handlers[id_] = std::make_shared<ReadWaits::Handler>(std::move(handler));
  epoll_event event{};
  event.events = EPOLLONESHOT;
  event.data.u64 = id_;
  epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, fd_, &event);
  loop->read_waits().Listen();
}

ReadWait::~ReadWait() {
  state_->handlers.erase(id_);
  epoll_ctl(state_->epoll.get(), EPOLL_CTL_DEL, fd_, nullptr);
}

void ReadWait::Arm() { Set(EPOLLIN | EPOLLRDHUP); }

void ReadWait::ArmForWriting() { Set(EPOLLIN | EPOLLRDHUP | EPOLLOUT); }

// The kernel reports EPOLLHUP all the same; once.
void ReadWait::Disarm() { Set(0); }

void ReadWait::Set(uint32_t events) {
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.u64 = id_;
  epoll_ctl(state_->epoll.get(), EPOLL_CTL_MOD, fd_, &event);
}

}  // namespace carrel
