// SHA-256, by OpenSSL.
#ifndef CARREL_SANDBOX_FILES_SHA256_H_
#define CARREL_SANDBOX_FILES_SHA256_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace carrel {

// Computes the hash of data that comes in pieces. Move-only; one thread at a time. A failure of
// OpenSSL (out of memory, no provider) ends the process.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(absl::string_view data);
  // Returns the digest of all data so far, as 64 lower-case hexadecimal digits. More data may
  // follow.
  std::string HexDigest() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// Returns the digest of `data`.
std::string Sha256Hex(absl::string_view data);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_SHA256_H_
