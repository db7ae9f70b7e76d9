// SPDX-License-Identifier: Apache-2.0

/// What kind of thing an access touches. The raw values are those of `KUBEARMOR_CLASS_…` in plugin.h.
public enum AccessClass: UInt32, Sendable, Hashable, CaseIterable {
    case process = 0
    case file = 1
    case network = 2
    case capability = 3
    case syscall = 4
    case dns = 5
    case preset = 6
    case device = 7

    /// This class as one bit of a class set.
    public var bit: UInt32 { 1 << rawValue }
}
