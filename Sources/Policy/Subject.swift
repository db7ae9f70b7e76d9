// SPDX-License-Identifier: Apache-2.0

/// Who makes an access.
public struct Subject: Sendable, Hashable {
    /// Path of its executable, in the workload's root.
    public let executable: String
    /// Path of its parent's executable; compared with the `fromSource` of process rules.
    public let parent: String
    /// Effective user id.
    public let uid: UInt32
    /// Whether it has a controlling terminal.
    public let hasTTY: Bool

    /// A subject with all its parts.
    public init(executable: String, parent: String, uid: UInt32, hasTTY: Bool) {
        self.executable = executable
        self.parent = parent
        self.uid = uid
        self.hasTTY = hasTTY
    }
}
