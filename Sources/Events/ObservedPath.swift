// SPDX-License-Identifier: Apache-2.0
import PluginABI

/// Paths as a system call was given them, made into those that rules are about.
enum ObservedPath {
    /// The object of an event; a relative path of the classes process and file is taken from the working directory.
    static func resource(of event: kubearmor_event) -> String {
        let isPath =
            event.class_ == UInt16(KUBEARMOR_CLASS_PROCESS) || event.class_ == UInt16(KUBEARMOR_CLASS_FILE)
        return isPath ? absolute(event.resource.text, in: event.cwd.text) : event.resource.text
    }

    /// Whether ``resource(of:)`` is the event's own text.
    static func isAsItIs(_ event: kubearmor_event) -> Bool {
        guard let data = event.resource.data, event.resource.length > 0, data[0] != CChar(bitPattern: 0x2f) else {
            return true
        }
        return event.class_ != UInt16(KUBEARMOR_CLASS_PROCESS) && event.class_ != UInt16(KUBEARMOR_CLASS_FILE)
    }

    /// `path` as it is when absolute, else below `directory`; `.`, `..` and doubled slashes resolved as text.
    static func absolute(_ path: String, in directory: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") || !directory.hasPrefix("/") || path.isEmpty { return path }
        var parts: [Substring] = []
        for part in "\(directory)/\(path)".split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
