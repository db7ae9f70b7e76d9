// SPDX-License-Identifier: Apache-2.0

/// What is known of one scenario after its guest ended.
struct Outcome {
    let scenario: Scenario
    let run: GuestResult.Run?
    /// Why the guest did not come to its end, if it did not.
    let ending: String?
}
