// From the configuration's plain values to the settings of each module. The modules do not know the
// configuration, nor it them; this is the one place where both are seen.
#pragma once

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/api/customer_api.hpp"
#include "rfi/api/tls_context.hpp"
#include "rfi/platform/config.hpp"
#include "rfi/policy/retention.hpp"
#include "rfi/queue/journal.hpp"
#include "rfi/queue/store.hpp"
#include "rfi/service/scheduler.hpp"
#include "rfi/upload/directory.hpp"

namespace rfi::daemon {

/// Whether `run` ends by itself.
using service::Until;

[[nodiscard]] allowlist::Settings allowlist_settings(const platform::Config& config);
[[nodiscard]] upload::Settings upload_settings(const platform::Config& config);
[[nodiscard]] queue::JournalChoice journal_choice(const platform::Config& config);
[[nodiscard]] queue::StoreSettings store_settings(const platform::Config& config);
[[nodiscard]] service::SchedulerSettings scheduler_settings(const platform::Config& config,
                                                            Until until);
[[nodiscard]] api::TlsSettings tls_settings(const platform::Config& config);

/// The configuration has checked the URL; throws std::logic_error if it has not.
[[nodiscard]] api::ApiSettings api_settings(const platform::Config& config);

/// `[retention]`.
[[nodiscard]] policy::RetentionPeriods retention_periods(const platform::Config& config);

}  // namespace rfi::daemon
