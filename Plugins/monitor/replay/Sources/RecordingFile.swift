// SPDX-License-Identifier: Apache-2.0
internal import EventRecording
internal import Glibc
internal import PluginKit

/// A recording, read a piece at a time.
struct RecordingFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var reader = RecordingReader()
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var isAtEnd = false

    /// Opens the file and reads its head.
    init(_ path: String) throws(PluginFailure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PluginFailure(code: errno, message: "\(path): \(String(cString: strerror(errno))): set replayFile")
        }
    }

    deinit { close(descriptor) }

    /// The next event; nil at the end.
    mutating func next() throws(PluginFailure) -> RecordedEvent? {
        while true {
            do throws(RecordingError) {
                while let item = try reader.next() {
                    if case .event(let event) = item { return event }
                }
            } catch {
                throw PluginFailure(code: EINVAL, message: "\(path): \(error)")
            }
            guard !isAtEnd else { return nil }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw PluginFailure(code: errno, message: "\(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { isAtEnd = true }
            reader.add(buffer[..<count])
        }
    }
}
