// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import PluginABI
import Policy
import Workloads

extension kubearmor_string {
    /// The text, see ``ForeignBytes``; empty for an absent one.
    var text: String {
        guard let data, length > 0 else { return "" }
        return ForeignBytes.text(of: UnsafeRawBufferPointer(start: UnsafeRawPointer(data), count: Int(length)))
    }

    var isEmpty: Bool { data == nil || length == 0 }

    /// The NUL-separated texts of an argument vector.
    var arguments: [String] {
        guard let data, length > 0 else { return [] }
        let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(data), count: Int(length))
        return bytes.split(separator: 0, omittingEmptySubsequences: false)
            .dropLast(bytes.last == 0 ? 1 : 0)
            .map { ForeignBytes.text(of: UnsafeRawBufferPointer(rebasing: $0)) }
    }
}

/// What KubeArmor calls the numbers of an event.
enum KernelEventText {
    /// The field Operation.
    static func operation(ofClass number: UInt16) -> String {
        switch AccessClass(rawValue: UInt32(number)) {
        case .process: "Process"
        case .file: "File"
        case .network, .dns: "Network"
        case .capability: "Capabilities"
        case .syscall, .preset: "Syscall"
        case .device: "Device"
        case nil: "Unknown"
        }
    }

    private static let classLimit = 64

    /// ``operation(ofClass:)`` of every class, each in memory of its own that is never freed.
    nonisolated(unsafe) private static let operations: [kubearmor_string] = (0..<classLimit).map { number in
        let text = Array(operation(ofClass: UInt16(number)).utf8)
        let place = UnsafeMutablePointer<UInt8>.allocate(capacity: text.count)
        place.initialize(from: text, count: text.count)
        return kubearmor_string(place, count: text.count)
    }

    /// The field Operation, as a text that is there as long as the process.
    static func operationText(ofClass number: UInt16) -> kubearmor_string {
        operations[min(Int(number), classLimit - 1)]
    }

    /// The field Result.
    static func result(_ result: Int32) -> String {
        result >= 0 ? "Passed" : SystemText.errno(result == .min ? .max : -result)
    }

    private static let openFlagNames: [(UInt32, String)] = {
        var names: [(UInt32, String)] = []
        var bits: UInt32 = 0
        while let name = kubearmor_open_flag(UInt32(names.count), &bits) {
            names.append((bits, String(cString: name)))
        }
        return names
    }()

    /// The flags of open(2), `O_RDONLY|O_CLOEXEC`.
    static func openFlags(_ flags: UInt32) -> String {
        var text: String
        switch flags & UInt32(O_ACCMODE) {
        case UInt32(O_WRONLY): text = "O_WRONLY"
        case UInt32(O_RDWR): text = "O_RDWR"
        default: text = "O_RDONLY"
        }
        var rest = flags
        for (bits, name) in openFlagNames where rest & bits == bits {
            text += "|\(name)"
            rest &= ~bits
        }
        return text
    }
}
