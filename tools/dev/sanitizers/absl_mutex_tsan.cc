// Annotations for ThreadSanitizer of Debian's absl::Mutex, which is not instrumented. In builds
// with -fsanitize=thread this is linked into every program, so that these functions interpose the
// library's, also for calls from gRPC and from Abseil itself. Each calls the library's function and
// annotates the order that it establishes. Only functions that the library calls through its PLT,
// or that callers call, can be interposed in this way; these are enough.
//
// Readers of a lock are taken to be ordered among each other: a race between two of them is not
// seen. A condition is evaluated before the waiter's lock is known, so one that reads guarded data
// (Await, LockWhen) may give a false report. Carrel uses neither.
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"
#include "tools/dev/sanitizers/tsan_next.h"

#define CARREL_MUTEX "_ZN4absl7debian35Mutex"

namespace absl {
ABSL_NAMESPACE_BEGIN

using synchronization_internal::KernelTimeout;

void Mutex::Lock() {
  CARREL_REAL(void (*)(Mutex*), CARREL_MUTEX "4LockEv");
  real(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  CARREL_REAL(bool (*)(Mutex*), CARREL_MUTEX "7TryLockEv");
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Unlock() {
  CARREL_REAL(void (*)(Mutex*), CARREL_MUTEX "6UnlockEv");
  __tsan_release(this);
  real(this);
}

void Mutex::ReaderLock() {
  CARREL_REAL(void (*)(Mutex*), CARREL_MUTEX "10ReaderLockEv");
  real(this);
  __tsan_acquire(this);
}

bool Mutex::ReaderTryLock() {
  CARREL_REAL(bool (*)(Mutex*), CARREL_MUTEX "13ReaderTryLockEv");
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::ReaderUnlock() {
  CARREL_REAL(void (*)(Mutex*), CARREL_MUTEX "12ReaderUnlockEv");
  __tsan_release(this);
  real(this);
}

// LockWhen and its variants call this.
void Mutex::LockSlow(MuHow how, const Condition* condition, int flags) {
  CARREL_REAL(void (*)(Mutex*, MuHow, const Condition*, int),
              CARREL_MUTEX "8LockSlowEPKNS0_6MuHowSEPKNS0_9ConditionEi");
  real(this, how, condition, flags);
  __tsan_acquire(this);
}

bool Mutex::LockSlowWithDeadline(MuHow how, const Condition* condition, KernelTimeout timeout,
                                 int flags) {
  CARREL_REAL(bool (*)(Mutex*, MuHow, const Condition*, KernelTimeout, int), CARREL_MUTEX
              "20LockSlowWithDeadlineEPKNS0_6MuHowSEPKNS0_9ConditionENS0_24"
              "synchronization_internal13KernelTimeoutEi");
  const bool result = real(this, how, condition, timeout, flags);
  __tsan_acquire(this);
  return result;
}

// Await and its variants call this.
bool Mutex::AwaitCommon(const Condition& condition, KernelTimeout timeout) {
  CARREL_REAL(bool (*)(Mutex*, const Condition&, KernelTimeout), CARREL_MUTEX
              "11AwaitCommonERKNS0_9ConditionENS0_24"
              "synchronization_internal13KernelTimeoutE");
  __tsan_release(this);
  const bool result = real(this, condition, timeout);
  __tsan_acquire(this);
  return result;
}

// Wait and its variants call this. The mutex provides the order that a signal needs.
bool CondVar::WaitCommon(Mutex* mutex, KernelTimeout timeout) {
  CARREL_REAL(bool (*)(CondVar*, Mutex*, KernelTimeout),
              "_ZN4absl7debian37CondVar10WaitCommonEPNS0_5MutexENS0_24"
              "synchronization_internal13KernelTimeoutE");
  __tsan_release(mutex);
  const bool result = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return result;
}

ABSL_NAMESPACE_END
}  // namespace absl
