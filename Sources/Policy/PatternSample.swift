// SPDX-License-Identifier: Apache-2.0

/// Paths that stand for all those that a pattern matches.
public enum PatternSample {
    /// Some paths that the pattern matches: of each of its alternatives, up to a few, a short one and a longer one.
    /// Empty for what is no pattern.
    public static func paths(matching pattern: String) -> [String] {
        guard let glob = try? Glob(pattern) else { return [] }
        var paths: [String] = []
        for bytes in glob.samples {
            let path = String(decoding: bytes, as: UTF8.self)
            // A class of bytes beyond ASCII may give what is no text.
            if glob.matches(Array(path.utf8)), !paths.contains(path) { paths.append(path) }
        }
        return paths
    }
}
