// SPDX-License-Identifier: Apache-2.0

/// Reads and checks the values that name files.
enum PathReader {
    /// Longest path that the kernel accepts, in bytes, without its final NUL.
    static let lengthLimit = 4_095
    /// Longest name of a file, in bytes.
    static let nameLimit = 255

    static func path(_ field: Field) -> String? {
        guard let text = field.string() else { return nil }
        guard text.utf8.first == UInt8(ascii: "/") else {
            field.error("bad-path", "'\(text)' is not an absolute path", "begin it with /")
            return nil
        }
        guard text.utf8.count > 1, text.utf8.last != UInt8(ascii: "/") else {
            field.error(
                "bad-path", "'\(text)' ends in /, so it is a directory", "use matchDirectories, or remove the last /")
            return nil
        }
        RuleLint.path(text, field)
        RuleLint.seenElsewhere(text, field)
        return normalised(text, field)
    }

    static func directory(_ field: Field) -> String? {
        guard var text = field.string() else { return nil }
        guard text.utf8.first == UInt8(ascii: "/") else {
            field.error("bad-path", "'\(text)' is not an absolute path", "begin it with /")
            return nil
        }
        if text.utf8.last != UInt8(ascii: "/") {
            field.warning("directory-slash", "'\(text)' does not end in /", "write '\(text)/'")
            text += "/"
        }
        RuleLint.path(text, field)
        RuleLint.seenElsewhere(text, field)
        return normalised(text, field)
    }

    static func executableName(_ field: Field) -> String? {
        guard let text = field.string() else { return nil }
        guard !text.isEmpty, !text.utf8.contains(UInt8(ascii: "/")), text.utf8.count <= nameLimit else {
            field.error("bad-execname", "'\(text)' is not the name of a file", "write the name without a path")
            return nil
        }
        return text
    }

    static func pattern(_ field: Field) -> String? {
        guard let text = field.string() else { return nil }
        guard !text.isEmpty else {
            field.error("bad-pattern", "the pattern is empty", "write a pattern, such as /etc/**")
            return nil
        }
        guard text.utf8.count <= lengthLimit else {
            tooLong(field)
            return nil
        }
        do throws(GlobError) {
            let glob = try Glob(text)
            RuleLint.pattern(text, field)
            if !glob.alternatives.contains(where: canBeginPath) {
                field.warning(
                    "pattern-never-matches", "no absolute path matches '\(text)'", "begin the pattern with / or **")
            }
            return text
        } catch {
            field.error("bad-pattern", "'\(text)' is not a pattern", error.description)
            return nil
        }
    }

    private static func canBeginPath(_ elements: [PatternElement]) -> Bool {
        let slash = UInt8(ascii: "/")
        for element in elements {
            switch element {
            case .byte(let byte): return byte == slash
            case .set(let set), .plus(let set), .character(let set): return set.contains(slash)
            case .loop(let set): if set.contains(slash) { return true }
            }
        }
        return false
    }

    /// The path as the kernel reports it: without empty components and `.`.
    private static func normalised(_ text: String, _ field: Field) -> String? {
        let bytes = text.utf8
        guard bytes.count <= lengthLimit else {
            tooLong(field)
            return nil
        }
        let components = bytes.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        if components.contains("..") {
            field.error("bad-path", "'\(text)' contains ..", "write the path without it")
            return nil
        }
        if components.contains(where: { $0.utf8.count > nameLimit }) {
            field.warning(
                "name-too-long", "no file can have a name of more than \(nameLimit) bytes", "correct the path")
        }
        let kept = components.filter { $0 != "." }
        let isDirectory = bytes.last == UInt8(ascii: "/")
        let result = "/" + kept.joined(separator: "/") + (isDirectory && !kept.isEmpty ? "/" : "")
        if ByteOrder.compare(result, text) != 0 {
            field.warning("path-not-normal", "'\(text)' is read as '\(result)'", "write '\(result)'")
        }
        return result
    }

    private static func tooLong(_ field: Field) {
        field.error("path-too-long", "longer than \(lengthLimit) bytes, which no path can be", "shorten it")
    }
}
