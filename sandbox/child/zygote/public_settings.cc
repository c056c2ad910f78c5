#include "sandbox/child/zygote/public_settings.h"

#include <glob.h>
#include <sys/stat.h>

namespace carrel::child {
namespace {

// A pattern of glob(3), and the programs or functions that need it.
struct Row {
  const char* pattern;
  const char* reason;
};

constexpr Row kRows[] = {
    {"/etc/alternatives", "commands of /usr/bin are links to it"},
    {"/etc/debian_version", "programs that ask which Debian it is"},
    {"/etc/fonts", "fontconfig"},
    {"/etc/ghostscript", "gs"},
    {"/etc/groff", "man"},
    {"/etc/ImageMagick-[67]", "convert"},
    {"/etc/java-[0-9]*-openjdk", "java ends at once: its jvm.cfg is a link to it"},
    {"/etc/ld.so.cache", "the loader"},
    {"/etc/libreoffice", "soffice ends at once: its sofficerc is a link to it"},
    {"/etc/locale.alias", "setlocale: /usr/share/locale has a link to it"},
    {"/etc/magic", "file"},
    {"/etc/magic.mime", "file --mime"},
    {"/etc/manpath.config", "man ends at once"},
    {"/etc/mime.types", "Python's mimetypes"},
    {"/etc/OpenCL", "the list of OpenCL's drivers"},
    {"/etc/papersize", "programs that print"},
    {"/etc/protocols", "getprotobyname"},
    {"/etc/python3", "Debian's programs in Python"},
    {"/etc/python3.11", "Debian's programs in Python"},
    {"/etc/R", "R ends at once: its etc folder has links to it"},
    {"/etc/rpc", "getrpcbyname"},
    {"/etc/services", "getservbyname"},
    {"/etc/sgml", "catalogs of document types"},
    {"/etc/ssl/certs", "TLS, and the name under which Java finds them"},
    {"/etc/ssl/openssl.cnf", "openssl req ends at once"},
    {"/etc/texmf", "TeX"},
    {"/etc/xml", "catalogs of document types"},
};

}  // namespace

std::vector<PublicSetting> PublicSettings() {
  std::vector<PublicSetting> settings;
  for (const Row& row : kRows) {
    glob_t found{};
    glob(row.pattern, 0, nullptr, &found);
    for (size_t i = 0; i < found.gl_pathc; ++i) {
      struct stat status;
      // Symlinks are skipped, since they could lead anywhere.
      if (lstat(found.gl_pathv[i], &status) == 0 && !S_ISLNK(status.st_mode))
        settings.push_back({found.gl_pathv[i], S_ISDIR(status.st_mode)});
    }
    globfree(&found);
  }
  return settings;
}

}  // namespace carrel::child
