// ApiPort over the simulated road: connections, patience and the orderly stop. What it says ends
// with the daemon; what it has sent does not.
#pragma once

#include "simulation/road.hpp"
#include "simulation/witness.hpp"

#include "rfi/api/api_port.hpp"
#include "rfi/platform/wakeup.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <string>

namespace rfi::simulation {

class SimulatedApi final : public api::ApiPort {
 public:
  SimulatedApi(boost::asio::any_io_executor executor,
               Road& road,
               Witness& witness,
               const platform::Clock& clock)
      : road_(road), witness_(witness), clock_(clock), stopped_(std::move(executor)) {}

  boost::asio::awaitable<api::AttemptReport> patch(api::PatchRequest request) override;
  boost::asio::awaitable<api::AttemptReport> look(api::LookRequest request) override;
  /// No RFI of the simulation has files to upload.
  boost::asio::awaitable<api::UploadReport> upload(api::UploadRequest request) override;
  void stop() override;

 private:
  boost::asio::awaitable<void> pass(milliseconds time);
  [[nodiscard]] static bool fails_before_first_byte(const Fate& fate);

  Road& road_;
  Witness& witness_;
  const platform::Clock& clock_;
  platform::Wakeup stopped_;
  bool stopping_ = false;
};

}  // namespace rfi::simulation
