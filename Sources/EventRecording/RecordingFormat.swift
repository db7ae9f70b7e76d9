// SPDX-License-Identifier: Apache-2.0

/// A recording: raw events, as plugins hand them to the daemon, with who their workloads are.
///
/// Numbers are little-endian. Version 2:
///
///     "KARECORD"  u32 version  u32 size  JSON of that size: host, boot_offset (ns from CLOCK_BOOTTIME to UTC)
///     frames:     u32 size     u8 type   payload of size - 1 bytes
///       1 workload  JSON; before its first event, and again when it has changed
///       2 event     96 bytes as in struct kubearmor_event up to comm, u64 session, then texts, each u32 size and
///                   bytes: comm, process, parent, resource, target, arguments, cwd, tty, hook, the plugin's name;
///                   then u32 count of values and for each two texts
///       3 dropped   u64: events that are missing here
///       4 end       nothing: the recording is whole
///
/// A reader passes over frames of a type that it does not know. Other versions are refused.
public enum RecordingFormat {
    static let magic = Array("KARECORD".utf8)
    static let version: UInt32 = 2
    /// A frame of more is none; an event that is larger is not recorded.
    static let frameLimit = 1 << 20
    static let fixedBytes = 96
    static let textCount = 10

    enum Frame: UInt8 {
        case workload = 1
        case event = 2
        case dropped = 3
        case end = 4
    }
}

/// What is no recording, or is of another version.
public struct RecordingError: Error, CustomStringConvertible, Sendable {
    public let description: String
}
