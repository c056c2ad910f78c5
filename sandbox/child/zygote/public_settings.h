// The part of the host's /etc that sessions see.
#ifndef CARREL_SANDBOX_CHILD_ZYGOTE_PUBLIC_SETTINGS_H_
#define CARREL_SANDBOX_CHILD_ZYGOTE_PUBLIC_SETTINGS_H_

#include <string>
#include <vector>

namespace carrel::child {

struct PublicSetting {
  std::string path;
  bool is_directory;
};

// Returns the files and directories of /etc that exist and that programs of /usr need in order to
// run. Each comes with a Debian package, is the same on every machine that has it, and names no
// host, user, network, account or key. Before you add one, check what an administrator would write
// into it.
std::vector<PublicSetting> PublicSettings();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ZYGOTE_PUBLIC_SETTINGS_H_
