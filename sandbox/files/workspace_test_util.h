// A workspace in a temporary directory, for tests, with functions that act as its hostile guest.
#ifndef CARREL_SANDBOX_FILES_WORKSPACE_TEST_UTIL_H_
#define CARREL_SANDBOX_FILES_WORKSPACE_TEST_UTIL_H_

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sandbox/changes/workspace_scan.h"
#include "sandbox/files/workspace.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

inline WorkspacePath Path(absl::string_view text) { return WorkspacePath::Parse(text).value(); }

// A session directory, deleted at the end. Its guest would write in `files`; `secret` is a file
// outside that holds "TOP SECRET".
class WorkspaceTest : public testing::Test {
 protected:
  explicit WorkspaceTest(WorkspaceLimits limits = {}) {
    std::string pattern = testing::TempDir() + "/workspace.XXXXXX";
    root_ = mkdtemp(pattern.data());
    chmod(root_.c_str(), 0755);
    session = root_ + "/s-1";
    files = session + "/files";
    outside = root_ + "/outside";
    secret = outside + "/secret";
    mkdir(outside.c_str(), 0755);
    Put(secret, "TOP SECRET");
    workspace = Workspace::Create(session, owner, limits).value();
    files_fd_ = workspace->OpenFiles().value();
  }
  ~WorkspaceTest() override {
    workspace.reset();
    EXPECT_EQ(std::system(("rm -rf '" + root_ + "'").c_str()), 0);
  }

  // Functions that act as the guest.
  void Put(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(chown(path.c_str(), owner.uid, owner.gid), 0) << path;
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_EQ(symlink(target.c_str(), (files + "/" + name).c_str()), 0) << name;
  }
  void Folder(const std::string& name) {
    const std::string path = files + "/" + name;
    ASSERT_EQ(mkdir(path.c_str(), 0755), 0) << name;
    ASSERT_EQ(chown(path.c_str(), owner.uid, owner.gid), 0) << name;
  }
  static std::string Get(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  // Waits for a tick of the kernel's clock for files, which comes every few milliseconds.
  void Tick() {
    const auto now = [this] {
      Put(files + "/../tick", "x");
      struct stat status = {};
      EXPECT_EQ(stat((session + "/tick").c_str(), &status), 0);
      return FileVersion::Of(status).ctime_ns;
    };
    const int64_t start = now();
    while (now() == start) usleep(100);
  }
  // Returns lines such as "+created 1", "-deleted 0", "*modified 1": with sizes.
  static std::vector<std::string> Describe(const Changes& changes) {
    std::vector<std::string> lines;
    for (const Change& change : changes.list) {
      lines.push_back(absl::StrCat(change.kind == Change::Kind::kCreated   ? "+"
                                   : change.kind == Change::Kind::kDeleted ? "-"
                                                                           : "*",
                                   change.path.str(), " ", change.size));
    }
    return lines;
  }

  // Functions that act as the host.
  int files_fd() const { return files_fd_.get(); }
  absl::StatusOr<std::string> Read(absl::string_view path) {
    absl::StatusOr<ReadHandle> file = workspace->OpenForRead(Path(path));
    if (!file.ok()) return file.status();
    std::string content(1 << 16, '\0');
    absl::StatusOr<size_t> count = file->ReadAt(0, absl::MakeSpan(&content[0], content.size()));
    if (!count.ok()) return count.status();
    content.resize(*count);
    return content;
  }
  absl::StatusOr<FileInfo> Write(absl::string_view path, absl::string_view content,
                                 const WriteOptions& options = {}) {
    auto handle = workspace->BeginWrite(Path(path), options);
    if (!handle.ok()) return handle.status();
    absl::Status appended = (*handle)->Append(content);
    if (!appended.ok()) return appended;
    return (*handle)->Commit();
  }
  absl::StatusCode ReadCode(absl::string_view path) { return Read(path).status().code(); }
  absl::StatusCode WriteCode(absl::string_view path) { return Write(path, "x").status().code(); }
  std::vector<std::string> Names(const Listing& listing) {
    std::vector<std::string> names;
    for (const FileInfo& file : listing.files) names.push_back(file.path.str());
    return names;
  }

  // The owner has another uid than the test, if permitted.
  const FileOwner owner =
      geteuid() == 0 ? FileOwner{60123, 60124} : FileOwner{geteuid(), getegid()};
  std::string session, files, outside, secret;
  std::shared_ptr<Workspace> workspace;

 private:
  std::string root_;
  UniqueFd files_fd_;
};

// Detects whether a file was opened since the construction.
class OpenWitness {
 public:
  explicit OpenWitness(const std::string& path) : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    EXPECT_GE(inotify_add_watch(fd_.get(), path.c_str(), IN_OPEN), 0);
  }
  bool Opened() const {
    char events[4096];
    return read(fd_.get(), events, sizeof events) > 0;
  }

 private:
  UniqueFd fd_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_WORKSPACE_TEST_UTIL_H_
