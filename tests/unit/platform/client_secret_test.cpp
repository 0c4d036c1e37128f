#include "rfi/platform/client_secret.hpp"

#include "support/temporary_directory.hpp"
#include "unit/platform/environment.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::platform {
namespace {

using test::EnvironmentVariable;
using test::TemporaryDirectory;

std::filesystem::path write_secret(const TemporaryDirectory& directory,
                                   std::string_view content,
                                   unsigned mode = 0600) {
  const std::filesystem::path path = directory / "client_secret";
  test::write_file(path, content);
  std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
  return path;
}

AuthConfig configured(const std::filesystem::path& path) {
  AuthConfig auth;
  auth.client_secret_file = path;
  return auth;
}

std::string message_of(const std::variant<Secret, SecretProblem>& result) {
  const auto* problem = std::get_if<SecretProblem>(&result);
  return problem == nullptr ? "" : problem->message;
}

TEST(LoadClientSecret, CutsOneLineFeedAtTheEnd) {
  const TemporaryDirectory directory;
  for (const std::string_view content : {"pass word", "pass word\n"}) {
    const auto result = load_client_secret(configured(write_secret(directory, content)));
    ASSERT_TRUE(std::holds_alternative<Secret>(result)) << message_of(result);
    EXPECT_EQ(std::get<Secret>(result).reveal(), "pass word");
  }
}

TEST(LoadClientSecret, TakesTheLargestThatIsAllowed) {
  const TemporaryDirectory directory;
  const auto result =
      load_client_secret(configured(write_secret(directory, std::string(4096, 's'))));
  ASSERT_TRUE(std::holds_alternative<Secret>(result)) << message_of(result);
  EXPECT_EQ(std::get<Secret>(result).reveal().size(), 4096U);
}

TEST(LoadClientSecret, RefusesWhatIsNoSecretAndSaysWhy) {
  struct Case {
    std::string content;
    std::string_view reason;
  };
  const std::vector<Case> cases = {
      {"", "is empty"},
      {"\n", "is empty"},
      {"hunter\n\n", "holds a line break"},
      {"hunter\nsecond", "holds a line break"},
      {"hunter\r\n", "holds a line break"},
      {std::string("hunter\0two", 10), "or a NUL inside"},
      {std::string(4097, 'h'), "is larger than 4096 bytes"},
  };
  const TemporaryDirectory directory;
  for (const auto& [content, reason] : cases) {
    const std::filesystem::path path = write_secret(directory, content);
    const std::string message = message_of(load_client_secret(configured(path)));
    EXPECT_NE(message.find(reason), std::string::npos) << message;
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
    EXPECT_EQ(message.find("hunter"), std::string::npos) << message;
  }
}

TEST(LoadClientSecret, RefusesAFileThatOthersMayOpen) {
  struct Case {
    unsigned mode;
    bool accepted;
  };
  const std::vector<Case> cases = {{0400, true},
                                   {0600, true},
                                   {0640, true},
                                   {0660, true},
                                   {0604, false},
                                   {0644, false},
                                   {0602, false},
                                   {0601, false},
                                   {0666, false}};
  const TemporaryDirectory directory;
  for (const auto& [mode, accepted] : cases) {
    const std::filesystem::path path = write_secret(directory, "hunter", mode);
    const std::string message = message_of(load_client_secret(configured(path)));
    EXPECT_EQ(message.empty(), accepted) << std::oct << mode << ": " << message;
    if (!accepted) {
      EXPECT_NE(message.find("chmod 0640 " + path.string()), std::string::npos) << message;
    }
    std::filesystem::remove(path);
  }
}

TEST(LoadClientSecret, NamesAFileThatIsNotThereOrNoFile) {
  const TemporaryDirectory directory;
  EXPECT_NE(message_of(load_client_secret(configured(directory / "absent")))
                .find("absent cannot be read: No such file or directory"),
            std::string::npos);
  EXPECT_NE(message_of(load_client_secret(configured(directory.path()))).find("not a regular file"),
            std::string::npos);
}

TEST(LoadClientSecret, TakesTheCredentialOfSystemd) {
  const TemporaryDirectory directory;
  write_secret(directory, "from systemd", 0400);
  const EnvironmentVariable credentials("CREDENTIALS_DIRECTORY", directory.path().string());
  const auto result = load_client_secret(AuthConfig{});
  ASSERT_TRUE(std::holds_alternative<Secret>(result)) << message_of(result);
  EXPECT_EQ(std::get<Secret>(result).reveal(), "from systemd");
}

TEST(LoadClientSecret, PrefersTheFileThatIsConfigured) {
  const TemporaryDirectory credentials_directory;
  const TemporaryDirectory directory;
  write_secret(credentials_directory, "from systemd", 0400);
  const EnvironmentVariable credentials("CREDENTIALS_DIRECTORY",
                                        credentials_directory.path().string());
  const auto result = load_client_secret(configured(write_secret(directory, "from the file")));
  ASSERT_TRUE(std::holds_alternative<Secret>(result)) << message_of(result);
  EXPECT_EQ(std::get<Secret>(result).reveal(), "from the file");
}

TEST(LoadClientSecret, SaysWhereItLooksWhenNothingIsSet) {
  const EnvironmentVariable credentials("CREDENTIALS_DIRECTORY", std::nullopt);
  const std::string message = message_of(load_client_secret(AuthConfig{}));
  EXPECT_NE(message.find("auth.client_secret_file"), std::string::npos) << message;
  EXPECT_NE(message.find("LoadCredential=client_secret:"), std::string::npos) << message;
}

}  // namespace
}  // namespace rfi::platform
