// SPDX-License-Identifier: Apache-2.0
import CLinux

/// What procfs says about a process: for facts that an event did not carry.
///
/// The process may be gone, or its number may belong to another one by now; every fact is therefore optional and a
/// caller compares what it knows with what it gets.
public struct ProcessIdentity: Sendable {
    private let directory: String

    /// - Parameters:
    ///   - pid: thread group id in the daemon's pid namespace
    ///   - procfs: where procfs is mounted (configuration key `procfsMount`)
    public init(pid: UInt32, procfs: String = "/proc") {
        directory = "\(procfs)/\(pid)"
    }

    /// The executable's path; nil for kernel threads, for processes that are gone and without permission.
    public var executable: String? {
        guard let path = FileText.link("\(directory)/exe") else { return nil }
        let suffix = " (deleted)"
        return path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path
    }

    public var workingDirectory: String? { FileText.link("\(directory)/cwd") }

    /// The command line, one element an argument.
    public var arguments: [String] {
        guard let bytes = try? FileText.bytes(of: "\(directory)/cmdline", limit: 1 << 20) else { return [] }
        return bytes.split(separator: 0, omittingEmptySubsequences: false)
            .dropLast(bytes.last == 0 ? 1 : 0)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The parent's number; nil when the process is gone.
    public var parent: UInt32? { stat().flatMap { UInt32($0[1]) } }

    /// The controlling terminal, such as `pts0`; empty without one.
    public var terminal: String {
        guard let fields = stat(), let device = Int32(fields[4]) else { return "" }
        var text = [CChar](repeating: 0, count: 32)
        let length = kubearmor_terminal_name(UInt32(bitPattern: device), &text, text.count)
        return String(decoding: text[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The real user id, as the daemon's user namespace numbers it.
    public var uid: UInt32? { status("Uid").first.flatMap { UInt32($0) } }

    /// The number that the process has in its own pid namespace.
    public var ownPID: UInt32? { status("NStgid").last.flatMap { UInt32($0) } }

    /// The fields of `stat` after the command name, which may itself hold blanks and parentheses.
    private func stat() -> [Substring]? {
        guard let text = try? FileText.string(of: "\(directory)/stat", limit: 1 << 16),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 4 ? fields : nil
    }

    private func status(_ key: String) -> [Substring] {
        guard let text = try? FileText.string(of: "\(directory)/status", limit: 1 << 16) else { return [] }
        for line in text.split(separator: "\n") where line.hasPrefix("\(key):") {
            return line.dropFirst(key.utf8.count + 1).split { $0 == "\t" || $0 == " " }
        }
        return []
    }
}
