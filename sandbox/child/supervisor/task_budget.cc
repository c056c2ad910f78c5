#include "sandbox/child/supervisor/task_budget.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace carrel::child {
namespace {

constexpr int kMaxProcesses = 4096;

// The layout that getdents64(2) uses.
struct DirectoryEntry {
  ino64_t inode;
  off64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

// Returns -1 if `text` does not start with a digit.
int ParsePid(const char** text) {
  if (**text < '0' || **text > '9') return -1;
  int value = 0;
  for (; **text >= '0' && **text <= '9'; ++*text) value = value * 10 + (**text - '0');
  return value;
}

// A breadth-first walk over the process tree.
class Walk {
 public:
  explicit Walk(int most) : most_(most) {}

  int Run(pid_t root) {
    if (!AddTask(root, root)) return most_ + 1;  // An unreadable tree counts as too many.
    for (int i = 0; i < count_ && tasks_ <= most_; ++i) AddThreads(processes_[i]);
    return tasks_;
  }

 private:
  // Adds every thread of a process, and the processes that each has made.
  void AddThreads(pid_t pid) {
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;  // The process is gone.
    alignas(DirectoryEntry) char buffer[4096];
    long n;
    while ((n = syscall(SYS_getdents64, directory, buffer, sizeof(buffer))) > 0) {
      for (long at = 0; at < n;) {
        auto* entry = reinterpret_cast<DirectoryEntry*>(buffer + at);
        at += entry->length;
        const char* name = entry->name;
        if (int thread = ParsePid(&name); thread > 0) {
          ++tasks_;
          AddTask(pid, thread);
        }
      }
      if (tasks_ > most_) break;
    }
    close(directory);
  }

  // Returns false if the file cannot be read: most likely the thread is gone.
  bool AddTask(pid_t process, pid_t thread) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", process, thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    char text[4096];
    size_t kept = 0;
    ssize_t n;
    while ((n = read(file, text + kept, sizeof(text) - 1 - kept)) > 0) {
      size_t size = kept + static_cast<size_t>(n);
      kept = AddPids(text, size);
      memmove(text, text + size - kept, kept);
    }
    close(file);
    return true;
  }

  // Adds the pids that are complete (a space follows each); returns how many bytes are left over.
  size_t AddPids(char* text, size_t size) {
    text[size] = '\0';
    const char* at = text;
    const char* end = static_cast<const char*>(memrchr(text, ' ', size));
    if (end == nullptr) return size;
    while (at < end) {
      int pid = ParsePid(&at);
      if (pid > 0 && count_ < kMaxProcesses) processes_[count_++] = pid;
      if (pid < 0) ++at;
    }
    if (count_ == kMaxProcesses) tasks_ = most_ + 1;
    return size - static_cast<size_t>(end + 1 - text);
  }

  const int most_;
  int tasks_ = 0;
  int count_ = 0;
  pid_t processes_[kMaxProcesses];
};

}  // namespace

int CountDescendantTasks(pid_t process, int most) { return Walk(most).Run(process); }

bool TaskBudget::MayGrow() {
  if (granted_ >= limit_) granted_ = CountDescendantTasks(supervisor_, limit_);
  if (granted_ >= limit_) return false;
  ++granted_;
  return true;
}

}  // namespace carrel::child
