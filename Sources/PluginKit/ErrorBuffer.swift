// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The caller's buffer for the sentence of a failure. It belongs to the caller and is used during the call only.
struct ErrorBuffer {
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ start: UnsafeMutablePointer<CChar>?, _ size: UInt64) {
        // NULL or no room: the caller wants the code only.
        bytes = UnsafeMutableRawBufferPointer(start: start, count: start == nil ? 0 : Int(clamping: size))
    }

    /// Runs an entry's body: its result, or the negative errno value of its failure with the text written.
    func report(_ body: () throws(PluginFailure) -> Int32) -> Int32 {
        do {
            return try body()
        } catch {
            writeTerminated(error.message, to: bytes)
            return -error.code
        }
    }
}

extension PluginFailure {
    /// An argument that the contract requires is NULL or unusable.
    static func missing(_ argument: String) -> PluginFailure {
        PluginFailure(
            code: EINVAL, message: "\(argument) is NULL or too small: the caller does not keep to plugin.h")
    }
}
