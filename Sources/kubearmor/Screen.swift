// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// The terminal, on its second screen and without echo, until ``leave()``.
final class Screen {
    private var saved = termios()
    private var hasKeys = false

    /// Nil when the standard output is no terminal.
    init?() {
        guard StandardOutput.isTerminal else { return nil }
        if isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &saved) == 0 {
            var raw = saved
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            hasKeys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0
        }
        Self.write("\u{1b}[?1049h\u{1b}[?25l")
    }

    /// Puts everything back as it was. Called once.
    func leave() {
        Self.write("\u{1b}[?25h\u{1b}[?1049l")
        if hasKeys { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
    }

    private static func write(_ text: String) { StandardOutput.write(Array(text.utf8)) }

    /// As it is now: it may be made larger or smaller at any time.
    var size: (rows: Int, columns: Int) {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        guard kubearmor_terminal_size(STDOUT_FILENO, &rows, &columns) == 0, rows > 0, columns > 0 else {
            return (24, 80)
        }
        return (Int(rows), Int(columns))
    }

    /// Shows the lines that fit, cut at the right edge.
    func show(_ lines: [String]) {
        let (rows, columns) = size
        let shown = lines.prefix(rows).map { "\($0.prefix(columns))\u{1b}[K" }
        Self.write("\u{1b}[H\(shown.joined(separator: "\r\n"))\u{1b}[J")
    }

    /// A key that was pressed; nil when none was.
    func key() -> Character? {
        guard hasKeys, kubearmor_local_wait(STDIN_FILENO, 0, 0) > 0 else { return nil }
        var byte: UInt8 = 0
        guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
        return Character(UnicodeScalar(byte))
    }
}
