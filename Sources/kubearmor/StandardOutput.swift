// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Text of any bytes on the standard output, as it is.
enum StandardOutput {
    /// False when the reader went away: it wants no more.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            start += count
        }
        return true
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colours are for terminals whose user has not asked for none (NO_COLOR, https://no-color.org).
    static var hasColours: Bool {
        guard isTerminal, getenv("NO_COLOR").map({ $0.pointee == 0 }) ?? true else { return false }
        return getenv("TERM").map { String(cString: $0) } != "dumb"
    }
}
