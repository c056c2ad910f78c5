// What sessions see of the host's /etc.
#ifndef CARREL_SANDBOX_CHILD_PUBLIC_SETTINGS_H_
#define CARREL_SANDBOX_CHILD_PUBLIC_SETTINGS_H_

#include <string>
#include <vector>

namespace carrel::child {

struct PublicSetting {
  std::string path;
  bool is_directory;
};

// Files and folders of /etc that are there and that programs of /usr need in order to run. Each
// comes with a Debian package, is the same on every machine that has it, and names no host, user,
// network, account or key: whoever adds one looks at what an administrator would write into it.
std::vector<PublicSetting> PublicSettings();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_PUBLIC_SETTINGS_H_
