// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Text of any bytes on the standard output, as it is.
enum StandardOutput {
    /// False when the reader went away: it wants no more.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        kubearmor_write_all(STDOUT_FILENO, bytes, bytes.count) == 0
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colours are for terminals whose user has not asked for none (NO_COLOR, https://no-color.org).
    static var hasColours: Bool {
        guard isTerminal, getenv("NO_COLOR").map({ $0.pointee == 0 }) ?? true else { return false }
        return getenv("TERM").map { String(cString: $0) } != "dumb"
    }
}
