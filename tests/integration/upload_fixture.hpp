// An upload directory, and a daemon with the sandbox that keeps count of what goes up.
#pragma once

#include "integration/deployment.hpp"

#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::test {

namespace fs = std::filesystem;
namespace json = boost::json;

inline constexpr const char* kRequested = R"(["proof_of_identity.files","proof_of_address.files"])";

inline std::string file_of(std::string_view magic, std::size_t size) {
  std::string bytes{magic};
  unsigned seed = static_cast<unsigned>(size) + static_cast<unsigned>(magic.size());
  while (bytes.size() < size) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    bytes += static_cast<char>(seed >> 24U);
  }
  return bytes;
}

inline std::string pdf(std::size_t size) {
  return file_of("%PDF-1.7\n", size);
}

/// One document with a file, which the RFI asks for.
inline std::string one_file(const std::string& path) {
  return R"({"proof_of_identity":{"type":"PASSPORT","number":"PRIVATE-1","files":[{"path":)" +
         json::serialize(json::value(path)) + R"(,"side":"FRONT"}]}})";
}

inline constexpr const char* kOneRequested = R"(["proof_of_identity.files"])";

class UploadTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory;
  fs::path uploads = directory / "uploads";
  DeploymentOptions options;

  UploadTest() {
    fs::create_directories(mine());
    options.sandbox_arguments = {"--open-customers", "--known-uris-only"};
    options.retry = "initial_delay = \"50ms\"\nmax_delay = \"200ms\"\n";
    options.api = "request_timeout = \"3s\"\n";
    options.more = "[upload]\ndirectory = \"" + uploads.string() + "\"\n";
  }

  [[nodiscard]] fs::path mine(unsigned customer = 1) const {
    return uploads / customer_id(customer);
  }

  static std::string drain(Deployment& deployment) {
    const FinishedChild run = deployment.run({"run", "--drain"});
    EXPECT_EQ(run.status.code, 0) << run.standard_output << run.standard_error;
    for (const char* hidden : {"PRIVATE", "private"}) {
      EXPECT_EQ(run.standard_output.find(hidden), std::string::npos) << run.standard_output;
    }
    EXPECT_TRUE(deployment.sandbox().violations().empty());
    return run.standard_output;
  }

  static std::string detail(Deployment& deployment, const std::string& reference) {
    const json::object row = deployment.show(reference);
    return row.at("detail").is_string() ? row.at("detail").as_string().c_str() : "";
  }

  static std::string failure(Deployment& deployment, const std::string& reference) {
    const json::object row = deployment.show(reference);
    return row.at("failure").is_string() ? row.at("failure").as_string().c_str() : "";
  }
};

inline std::string text(const json::value& value) {
  return std::string{value.as_string()};
}

}  // namespace rfi::test
