// Deliberate errors of the kinds that sanitizers find, to show that they do find them here: a clean
// run proves nothing otherwise. `mutex` and `condition` are correct, in ways that ThreadSanitizer
// understands only with the annotations of absl_mutex_tsan.cc.
#include <atomic>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "absl/synchronization/mutex.h"

namespace {

int g_shared = 0;

// Runs one thread after the other, in an order that only `relaxed` atomics make.
template <typename Step>
void InTwoThreads(Step step) {
  std::atomic<bool> first_is_done{false};
  std::thread first([&] {
    step();
    first_is_done.store(true, std::memory_order_relaxed);
    while (first_is_done.load(std::memory_order_relaxed)) {
    }
  });
  std::thread second([&] {
    while (!first_is_done.load(std::memory_order_relaxed)) {
    }
    step();
    first_is_done.store(false, std::memory_order_relaxed);
  });
  first.join();
  second.join();
}

void Race() {
  InTwoThreads([] { ++g_shared; });
}

void Mutex() {
  absl::Mutex mutex;
  InTwoThreads([&mutex] {
    absl::MutexLock lock(&mutex);
    ++g_shared;
  });
}

void CondVar() {
  absl::Mutex mutex;
  absl::CondVar changed;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      absl::MutexLock lock(&mutex);
      ++g_shared;
      changed.Signal();
    }
  });
  {
    absl::MutexLock lock(&mutex);
    while (g_shared < 100) changed.Wait(&mutex);
    g_shared = 0;
  }
  other.join();
}

void UseAfterFree() {
  int* volatile stale = new int(1);
  delete stale;
  g_shared = *stale;
}

void Overflow() {
  volatile int large = INT_MAX;
  large = large + 1;
}

void Leak() {
  void* volatile lost = malloc(100);
  lost = nullptr;
  (void)lost;
}

}  // namespace

int main(int count, char** arguments) {
  const struct {
    const char* name;
    void (*function)();
  } table[] = {
      {"race", Race},          {"mutex", Mutex},       {"condition", CondVar},
      {"stale", UseAfterFree}, {"overflow", Overflow}, {"leak", Leak},
  };
  for (const auto& row : table) {
    if (count == 2 && strcmp(arguments[1], row.name) == 0) {
      row.function();
      printf("came through\n");
      return 0;
    }
  }
  fprintf(stderr, "unknown: it is one of those in the table of %s\n", __FILE__);
  return 2;
}
