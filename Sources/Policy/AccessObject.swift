// SPDX-License-Identifier: Apache-2.0

/// What an access touches.
public enum AccessObject: Sendable, Hashable {
    /// A path in the workload's root without a trailing slash (but `/`).
    case path(String)
    /// A directory, by its path, of which all that is below gets another name.
    case place(String)
    case socket(SocketKind)
    /// A capability's number.
    case capability(UInt32)
    /// A name that is looked up.
    case domain(String)
    case preset(Preset)
    /// A system call's name, and the path that it is about, if any.
    case syscall(String, path: String?)

    /// The bytes that the object automaton reads (kubearmor_automaton.h).
    public var bytes: [UInt8] {
        switch self {
        case .path(let path): Array(path.utf8)
        case .socket(let socket):
            [1, Self.byte(socket.family), Self.byte(socket.type), Self.byte(socket.protocol)]
        case .capability(let number): [2, Self.byte(number)]
        case .domain(let name): [3] + Array(DomainName.normalised(name).utf8)
        case .preset(let preset): [4, UInt8(preset.rawValue)]
        case .place(let path): [AutomatonFormat.placeMark] + Array(path.utf8)
        case .syscall: []
        }
    }

    var isPlace: Bool {
        if case .place = self { true } else { false }
    }

    /// A number + 1; from 254 on all are one.
    static func byte(_ number: UInt32) -> UInt8 { number >= 254 ? 255 : UInt8(number + 1) }
}
