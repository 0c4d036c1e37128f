// Paths that lead elsewhere and files that change while they are read.
#include "integration/upload_fixture.hpp"

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace rfi::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

TEST_F(UploadTest, HostilePathsEachEndInARefusalAndNothingLeaves) {
  Deployment deployment{options};
  const fs::path outside = directory / "outside.pdf";
  write_file(outside, pdf(5000));
  fs::create_directories(mine(2));
  write_file(mine(2) / "theirs.pdf", pdf(5000));
  write_file(mine() / "real.pdf", pdf(5000));
  write_file(mine() / "page.pdf", "<html>");
  fs::create_symlink(outside, mine() / "link.pdf");
  fs::create_directory_symlink(directory.path(), mine() / "way-out");
  fs::create_hard_link(mine() / "real.pdf", mine() / "second.pdf");
  ASSERT_EQ(::mkfifo((mine() / "fifo.pdf").c_str(), 0600), 0);
  const std::vector<std::string> paths = {"../outside.pdf",
                                          outside.string(),
                                          "../" + customer_id(2) + "/theirs.pdf",
                                          "/proc/self/environ",
                                          "/dev/zero",
                                          "link.pdf",
                                          "way-out/outside.pdf",
                                          "second.pdf",
                                          "fifo.pdf",
                                          "page.pdf",
                                          ".",
                                          "",
                                          std::string("real.pdf\0", 9),
                                          std::string(5000, 'x')};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    deployment.enqueue(
        "row-" + std::to_string(i), customer_id(1), kOneRequested, one_file(paths[i]));
  }
  drain(deployment);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string row = "row-" + std::to_string(i);
    EXPECT_EQ(failure(deployment, row), "invalid") << paths[i];
    EXPECT_TRUE(detail(deployment, row).starts_with("proof_of_identity.files[0]: "))
        << paths[i] << ": " << detail(deployment, row);
  }
  EXPECT_TRUE(deployment.sandbox().requests("method=PATCH").empty());
  EXPECT_TRUE(deployment.sandbox().requests("method=POST").empty());
}

/// One byte of the file is turned over all the time, in place, its time of change put back.
TEST_F(UploadTest, AFileThatChangesIsTakenInOneOfItsStatesOrRefused) {
  Deployment deployment{options};
  constexpr std::size_t kSize = 4'000'000;
  const std::string original = pdf(kSize);
  const fs::path path = mine() / "p.pdf";
  for (int row = 0; row < 6; ++row) {
    write_file(path, original);
    deployment.enqueue(
        "row-" + std::to_string(row), customer_id(1), kOneRequested, one_file("p.pdf"));
    std::atomic<bool> ended = false;
    std::thread writer([&] {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      for (unsigned turn = 0; !ended; ++turn) {
        file.seekp(static_cast<std::streamoff>(100 + (turn * 65'537U) % (kSize - 200)));
        file.put(static_cast<char>(turn));
        file.flush();
        std::this_thread::sleep_for(std::chrono::microseconds{500});
      }
    });
    drain(deployment);
    ended = true;
    writer.join();
  }
  std::set<std::string> recorded;
  for (const json::value& file : deployment.sandbox().uploads()) {
    recorded.insert(text(file.at("sha256")));
  }
  int refused = 0;
  for (int row = 0; row < 6; ++row) {
    const std::string name = "row-" + std::to_string(row);
    if (deployment.state(name) == "failed") {
      ++refused;
      EXPECT_EQ(failure(deployment, name), "invalid");
      EXPECT_NE(detail(deployment, name).find("it changed"), std::string::npos);
    }
  }
  EXPECT_EQ(deployment.sandbox().uploads().size(), 6U - static_cast<unsigned>(refused));
  EXPECT_GT(refused, 0) << "the test has not changed a file while it was read";
}

}  // namespace
}  // namespace rfi::test
