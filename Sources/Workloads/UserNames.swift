// SPDX-License-Identifier: Apache-2.0
import CLinux
import Synchronization

/// Names of users, from a file in the format of passwd(5).
///
/// The file is read once and again when it is asked for after ``lifetime``; a directory service is never asked, since
/// an answer may take seconds and events do not wait.
public final class UserNames: Sendable {
    private struct State {
        var names: [UInt32: String] = [:]
        var readAt: UInt64?
    }

    /// How long the names read are good for, in nanoseconds.
    private static let lifetime: UInt64 = 10_000_000_000

    private let path: String
    private let state = Mutex(State())

    public init(path: String = "/etc/passwd") { self.path = path }

    /// The name of `uid`, empty when the file has none.
    public func name(of uid: UInt32) -> String {
        let now = kubearmor_boottime_ns()
        return state.withLock { state in
            if state.readAt.map({ now &- $0 > Self.lifetime }) ?? true {
                // A file that cannot be read at the moment leaves the names known so far.
                if let text = try? FileText.string(of: path, limit: 16 << 20) { state.names = Self.parse(text) }
                state.readAt = now
            }
            return state.names[uid] ?? ""
        }
    }

    private static func parse(_ text: String) -> [UInt32: String] {
        var names: [UInt32: String] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count >= 3, let uid = UInt32(fields[2]), names[uid] == nil else { continue }
            names[uid] = String(fields[0])
        }
        return names
    }
}
