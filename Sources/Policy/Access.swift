// SPDX-License-Identifier: Apache-2.0

/// One access to decide.
public struct Access: Sendable, Hashable {
    /// Which rules apply.
    public let accessClass: AccessClass
    /// A path in the workload's root without a trailing slash (but `/`), or a name in the other classes.
    public let object: String
    /// How it is accessed.
    public let bits: AccessBits
    /// Owner of the object; nil when it has none, which makes nobody its owner.
    public let ownerUID: UInt32?

    /// An access with all its parts.
    public init(accessClass: AccessClass, object: String, bits: AccessBits, ownerUID: UInt32?) {
        self.accessClass = accessClass
        self.object = object
        self.bits = bits
        self.ownerUID = ownerUID
    }
}
