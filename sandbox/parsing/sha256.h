// SHA-256, by OpenSSL.
#ifndef CARREL_SANDBOX_PARSING_SHA256_H_
#define CARREL_SANDBOX_PARSING_SHA256_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace carrel {

// Hashes what it is given piece by piece. Move-only; one thread at a time. A
// failure of OpenSSL (out of memory, no provider) ends the process.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(absl::string_view data);
  // Lower-case hexadecimal digest of all that was given so far, 64 characters.
  // More may be given afterwards.
  std::string HexDigest() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// The digest of `data`.
std::string Sha256Hex(absl::string_view data);

}  // namespace carrel

#endif  // CARREL_SANDBOX_PARSING_SHA256_H_
