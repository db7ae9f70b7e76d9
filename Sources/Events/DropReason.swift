// SPDX-License-Identifier: Apache-2.0

/// Why a record did not reach a feeder.
public enum DropReason: String, Sendable, CaseIterable {
    /// The feeder did not keep up and its queue was full.
    case queueFull = "queue_full"
    /// The feeder returned an error.
    case feederError = "feeder_error"
    /// The feeder took only a part of a batch.
    case feederRefused = "feeder_refused"
    /// The daemon stopped before the feeder had taken it.
    case stopped
}
