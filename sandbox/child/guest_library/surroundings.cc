// Answers the questions of programs about users, where the container's answer is not the session's.
#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

namespace carrel::guest {
namespace {

constexpr char kName[] = "carrel";

char user_name[] = "carrel", empty[] = "", user_title[] = "Carrel", user_home[] = "/mnt/data",
     user_shell[] = "/bin/bash";

// Returns an entry for the session's user id, which the image's user database does not have.
passwd* Self() {
  static passwd entry;
  entry = {user_name, empty, getuid(), getgid(), user_title, user_home, user_shell};
  return &entry;
}

group* SelfGroup() {
  static char* no_members[] = {nullptr};
  static group entry;
  entry = {user_name, empty, getgid(), no_members};
  return &entry;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace carrel::guest

using namespace carrel::guest;  // NOLINT: the functions below are libc's names

extern "C" {

passwd* getpwuid(uid_t uid) {
  if (uid == getuid()) return Self();
  return Next<decltype(getpwuid)>("getpwuid")(uid);
}

passwd* getpwnam(const char* name) {
  if (strcmp(name, kName) == 0) return Self();
  return Next<decltype(getpwnam)>("getpwnam")(name);
}

int getpwuid_r(uid_t uid, passwd* entry, char* buffer, size_t size, passwd** result) {
  if (uid != getuid())
    return Next<decltype(getpwuid_r)>("getpwuid_r")(uid, entry, buffer, size, result);
  *entry = *Self();
  *result = entry;
  return 0;
}

int getpwnam_r(const char* name, passwd* entry, char* buffer, size_t size, passwd** result) {
  if (strcmp(name, kName) != 0)
    return Next<decltype(getpwnam_r)>("getpwnam_r")(name, entry, buffer, size, result);
  *entry = *Self();
  *result = entry;
  return 0;
}

group* getgrgid(gid_t gid) {
  if (gid == getgid()) return SelfGroup();
  return Next<decltype(getgrgid)>("getgrgid")(gid);
}

int getgrgid_r(gid_t gid, group* entry, char* buffer, size_t size, group** result) {
  if (gid != getgid())
    return Next<decltype(getgrgid_r)>("getgrgid_r")(gid, entry, buffer, size, result);
  *entry = *SelfGroup();
  *result = entry;
  return 0;
}

}  // extern "C"
