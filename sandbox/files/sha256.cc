#include "sandbox/files/sha256.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"

namespace carrel {
namespace {

void Require(bool ok) {
  if (ok) return;
  std::fputs("OpenSSL cannot compute SHA-256\n", stderr);
  std::abort();
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Require(context_ != nullptr);
  Require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(absl::string_view data) {
  Require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

std::string Sha256::HexDigest() const {
  // EVP_DigestFinal ends a context, so it gets a copy.
  std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  Require(copy != nullptr);
  Require(EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Require(EVP_DigestFinal_ex(copy.get(), digest, &size) == 1);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::string Sha256Hex(absl::string_view data) {
  Sha256 hash;
  hash.Update(data);
  return hash.HexDigest();
}

}  // namespace carrel
