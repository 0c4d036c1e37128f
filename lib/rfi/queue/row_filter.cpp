#include "rfi/queue/row_filter.hpp"

#include "rfi/queue/plan.hpp"

namespace rfi::queue {

bool matches(const RowFilter& filter, const RfiRow& row) {
  return (!filter.state || row.state == policy::to_string(*filter.state)) &&
         (!filter.failure || row.failure == policy::to_string(*filter.failure)) &&
         (!filter.customer_id ||
          customer_key(row.customer_id) == customer_key(*filter.customer_id)) &&
         (!filter.queued_before || row.created_at < *filter.queued_before) &&
         (!filter.queued_after || row.created_at > *filter.queued_after) &&
         (!filter.deadline_before || (row.deadline && *row.deadline < *filter.deadline_before));
}

}  // namespace rfi::queue
