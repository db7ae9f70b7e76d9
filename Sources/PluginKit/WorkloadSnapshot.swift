// SPDX-License-Identifier: Apache-2.0

/// One workload whose rule set an enforcer holds.
public struct WorkloadSnapshot: Sendable, Hashable {
    /// The daemon's key of the workload.
    public let workload: UInt64
    /// Set of classes that have rules: bit n is KUBEARMOR_CLASS n.
    public let classes: UInt32
    /// The generation given with the rule set.
    public let generation: UInt64
    /// Equal for equal rule sets.
    public let digest: UInt64
    /// Kernel memory of the rule set.
    public let bytes: UInt64

    /// A snapshot with all its numbers.
    public init(workload: UInt64, classes: UInt32, generation: UInt64, digest: UInt64, bytes: UInt64) {
        self.workload = workload
        self.classes = classes
        self.generation = generation
        self.digest = digest
        self.bytes = bytes
    }
}
