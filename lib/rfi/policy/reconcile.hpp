// submission.reconcile: when the customer is looked at before anything is sent.
#pragma once

namespace rfi::policy {

enum class Reconcile {
  after_unknown,  ///< where an earlier attempt may have landed (`unknown`, or a 5xx)
  always,         ///< before every first byte of a body
  never
};

/// Whether an earlier attempt of the row may have landed without our knowing.
enum class Doubt { none, may_have_landed };

[[nodiscard]] constexpr bool look_is_due(Reconcile reconcile, Doubt doubt) {
  return reconcile == Reconcile::always ||
         (reconcile == Reconcile::after_unknown && doubt == Doubt::may_have_landed);
}

}  // namespace rfi::policy
