// SPDX-License-Identifier: Apache-2.0

/// One access to decide.
public struct Access: Sendable, Hashable {
    /// Which rules apply.
    public let accessClass: AccessClass
    /// What is accessed.
    public let object: AccessObject
    /// How it is accessed.
    public let bits: AccessBits
    /// Owner of the object; nil when it has none, which makes nobody its owner.
    public let ownerUID: UInt32?
    /// Arguments of an execution without argv[0]; nil: not known, which no list permits.
    public let arguments: [String]?

    /// An access with all its parts.
    public init(
        accessClass: AccessClass, object: AccessObject, bits: AccessBits = [], ownerUID: UInt32? = nil,
        arguments: [String]? = nil
    ) {
        self.accessClass = accessClass
        self.object = object
        self.bits = bits
        self.ownerUID = ownerUID
        self.arguments = arguments
    }

    /// An access to a path.
    public init(
        accessClass: AccessClass, object: String, bits: AccessBits, ownerUID: UInt32?, arguments: [String]? = nil
    ) {
        self.init(
            accessClass: accessClass, object: .path(object), bits: bits, ownerUID: ownerUID, arguments: arguments)
    }

    public static func network(_ socket: SocketKind) -> Access {
        Access(accessClass: .network, object: .socket(socket))
    }

    public static func capability(_ number: UInt32) -> Access {
        Access(accessClass: .capability, object: .capability(number))
    }

    public static func domain(_ name: String) -> Access { Access(accessClass: .dns, object: .domain(name)) }

    public static func preset(_ preset: Preset) -> Access { Access(accessClass: .preset, object: .preset(preset)) }

    public static func syscall(_ name: String, path: String? = nil) -> Access {
        Access(accessClass: .syscall, object: .syscall(name, path: path))
    }
}
