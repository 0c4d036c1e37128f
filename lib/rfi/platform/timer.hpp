// The timer of everything that waits above the ports. One name, so that a simulation can put
// virtual time under the real code.
#pragma once

#ifdef RFI_VIRTUAL_TIME
#include "simulation/virtual_timer.hpp"
#else
#include <boost/asio/steady_timer.hpp>
#endif

namespace rfi::platform {

#ifdef RFI_VIRTUAL_TIME
using Timer = simulation::VirtualTimer;
#else
using Timer = boost::asio::steady_timer;
#endif

}  // namespace rfi::platform
