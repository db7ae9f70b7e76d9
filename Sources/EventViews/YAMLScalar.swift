// SPDX-License-Identifier: Apache-2.0
import JSON

enum YAMLScalar {
    /// As it is where nothing can be taken for something else, else with double quotes, whose escapes are JSON's.
    static func quoted(_ text: String) -> String {
        let isPlain =
            text.utf8.first == UInt8(ascii: "/")
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+@".contains($0)) }
        return isPlain ? text : JSONValue.quoted(text)
    }
}
