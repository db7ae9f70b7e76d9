// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// When a file is full, and what becomes of it: the settings `logRotateMegabytes` and `logRotateKeep`.
struct Rotation: Hashable {
    /// 0 for never.
    let limitBytes: Int
    /// Older files: `FILE.1` is the youngest.
    let keep: Int

    /// The daemon has looked at the numbers; one that is none is the default.
    init(host: Host) {
        limitBytes = (Int(host.setting("logRotateMegabytes") ?? "") ?? 0) << 20
        keep = max(1, Int(host.setting("logRotateKeep") ?? "") ?? 5)
    }

    /// Whether a file of this size is to make room before so many bytes. An empty file never is: a batch that is larger
    /// than the limit goes into one.
    func isDue(size: Int, adding count: Int) -> Bool {
        limitBytes > 0 && size > 0 && size + count > limitBytes
    }

    /// Gives every file the next number; the last one goes. Each step is one rename(2): whenever the process ends,
    /// every line is in exactly one file, and a number that is missing is no harm.
    func shift(_ path: String) throws(PluginFailure) {
        for number in stride(from: keep - 1, through: 0, by: -1) {
            let old = number == 0 ? path : "\(path).\(number)"
            guard rename(old, "\(path).\(number + 1)") != 0, number == 0 || errno != ENOENT else { continue }
            let error = errno
            throw PluginFailure(
                code: error,
                message: "\(old) cannot be renamed: \(String(cString: strerror(error))): the file grows on")
        }
    }
}
