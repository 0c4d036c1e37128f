#include "rfi/platform/client_secret.hpp"

#include "rfi/platform/small_file.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

namespace rfi::platform {
namespace {

constexpr std::size_t kMaxSecretBytes = 4096;
constexpr mode_t kOthers = 0007;

// Empty when neither the configuration nor systemd names a file.
std::filesystem::path secret_file(const AuthConfig& auth) {
  if (!auth.client_secret_file.empty()) {
    return auth.client_secret_file;
  }
  const char* const directory = ::secure_getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr || *directory == '\0'
             ? std::filesystem::path{}
             : std::filesystem::path(directory) / "client_secret";
}

std::string objection(const SmallFile& file, std::string_view secret, const std::string& name) {
  if ((file.mode & kOthers) != 0) {
    return "is open to every user of this machine: run `chmod 0640 " + name +
           "`, and replace the secret if others may have read it";
  }
  if (secret.empty()) {
    return "is empty: write the secret into it, alone on one line";
  }
  if (secret.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return "holds a line break or a NUL inside: write the secret into it, alone on one line";
  }
  return {};
}

}  // namespace

std::variant<Secret, SecretProblem> load_client_secret(const AuthConfig& auth) {
  const std::filesystem::path path = secret_file(auth);
  if (path.empty()) {
    return SecretProblem{
        "there is no client secret: name its file in auth.client_secret_file, or let systemd pass "
        "it "
        "with LoadCredential=client_secret:FILE"};
  }
  const std::string problem = "client secret " + path.string() + " ";
  auto read = read_small_file(path, kMaxSecretBytes);
  if (const auto* error = std::get_if<FileError>(&read)) {
    return SecretProblem{problem + error->reason};
  }
  auto& file = std::get<SmallFile>(read);
  std::string_view secret = file.content;
  if (secret.ends_with('\n')) {
    secret.remove_suffix(1);
  }
  const std::string refusal = objection(file, secret, path.string());
  Secret result(refusal.empty() ? secret : std::string_view{});
  wipe(file.content);
  if (!refusal.empty()) {
    return SecretProblem{problem + refusal};
  }
  return result;
}

}  // namespace rfi::platform
