#include "sandbox/host/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <chrono>
#include <utility>

namespace carrel {
namespace {

constexpr std::chrono::milliseconds kAwaitRetry{20};
constexpr std::chrono::milliseconds kKillRetry{20};
// This is more than the socket can hold: its buffer is limited by net.core.wmem_default, and each
// message takes a buffer of its own.
constexpr int kMaxMessages = 1024;

}  // namespace

Sandbox::Sandbox(EventLoop* loop, asio::thread_pool* pool, SupervisorEndpoints endpoints,
                 Listener* listener)
    : loop_(loop),
      pool_(pool),
      listener_(listener),
      pid_(endpoints.pid),
      isolation_mode_(endpoints.isolation_mode),
      socket_(loop->context(), endpoints.socket.release()),
      pidfd_(loop->context()),
      identity_(ProcessIdentity::Of(endpoints.pid, endpoints.pidfd)),
      cgroup_(std::move(endpoints.cgroup)),
      await_again_(loop, [this] { OnAwaitAgain(); }),
      kill_again_(loop, [this] { Kill(); }) {
  pidfd_.assign(endpoints.pidfd.release());
  const int fd = socket_.native_handle();
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void Sandbox::Start() {
  AwaitMessages();
  AwaitPidfd();
}

void Sandbox::OnStarted() {
  asio::error_code ignored;
  if (identity_.has_value()) pidfd_.close(ignored);
}

void Sandbox::Close() {
  closed_ = true;
  asio::error_code ignored;
  socket_.close(ignored);
  pidfd_.close(ignored);
  await_again_.Clear();
  kill_again_.Clear();
}

// ------------------------------------------------------------------ messages

void Sandbox::AwaitMessages() {
  loop_->Wait(&socket_, Descriptor::wait_read,
              [this, alive = listener_->KeepAlive()](const asio::error_code& error) {
                if (!error && !closed_) OnReadable();
              });
}

void Sandbox::OnReadable() {
  ReadMessages();
  char probe;
  if (recv(socket(), &probe, 1, MSG_PEEK | MSG_DONTWAIT) != 0) return AwaitMessages();
  // The supervisor is ending, after all other processes of the session.
  AwaitEnd();
}

void Sandbox::ReadMessages() {
  SupervisorMessage message;
  for (int i = 0; i < kMaxMessages; ++i) {
    if (recv(socket(), &message, sizeof(message), MSG_DONTWAIT) !=
        static_cast<ssize_t>(sizeof(message)))
      return;
    listener_->OnSupervisorMessage(message);
  }
}

bool Sandbox::SendInterrupt() {
  return SendMessage(socket(), SupervisorMessage::Kind::kInterrupt, 0);
}

void Sandbox::Kill() {
  if (closed_) return;
  if (HasOwnNamespaces(isolation_mode_)) {
    // The supervisor is pid 1 of its namespace: the kernel kills the rest before the pidfd is
    // readable.
    AwaitEnd();
    if (pidfd_.is_open()) {
      syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), SIGKILL, nullptr, 0);
      return;
    }
  }
  if (SendMessage(socket(), SupervisorMessage::Kind::kKill, 0)) return;
  // Either the socket is full of interrupts that the supervisor has not read yet, or the supervisor
  // is gone.
  kill_again_.SetAfter(kKillRetry);
}

// ------------------------------------------------------------------- the end

void Sandbox::AwaitPidfd() {
  loop_->Wait(&pidfd_, Descriptor::wait_read,
              [this, alive = listener_->KeepAlive()](const asio::error_code& error) {
                if (!error && !closed_) OnGone();
              });
}

void Sandbox::AwaitEnd() {
  if (closed_ || pidfd_.is_open()) return;
  absl::StatusOr<UniqueFd> pidfd = identity_->Open();
  if (pidfd.ok()) {
    pidfd_.assign(pidfd->release());
    return AwaitPidfd();
  }
  // If the process is not gone, most likely no descriptors are left, until other sessions end.
  const bool gone = absl::IsNotFound(pidfd.status());
  await_again_.SetAfter(gone ? std::chrono::milliseconds(0) : kAwaitRetry);
}

void Sandbox::OnAwaitAgain() {
  const std::shared_ptr<void> alive = listener_->KeepAlive();
  if (closed_ || pidfd_.is_open()) return;
  if (absl::IsNotFound(identity_->Open().status()))
    OnGone();
  else
    AwaitEnd();
}

void Sandbox::OnGone() { listener_->OnProcessesGone(); }

void Sandbox::RemoveCgroup(absl::AnyInvocable<void(absl::optional<CgroupEnding>)> done) {
  if (cgroup_ == nullptr) return done({});
  asio::post(*pool_, [loop = loop_, cgroup = std::move(cgroup_), done = std::move(done)]() mutable {
    const CgroupEnding ending = cgroup->End();
    loop->Post([done = std::move(done), ending]() mutable { done(ending); });
  });
}

}  // namespace carrel
