// SPDX-License-Identifier: Apache-2.0

/// One call that `kubearmor plugins verify` makes: an entry, and which of its arguments are not valid ones.
struct DriveCase: Sendable {
    /// What an argument is in a call; what it means depends on the argument's letter.
    enum Variant: String, Sendable {
        case valid
        case null = "NULL"
        case zeroSize = "struct_size 0"
        case shortSize = "struct_size 8"
        case hugeCount = "a huge count with a NULL array"
        case empty = "nothing"
        case beyond = "spans beyond the string table"
        case unknownType = "an unknown type"
        case hugeText = "a text of 64 KiB"
        case one = "1"
        case maximum = "the greatest number"
        case minimum = "the least number"
        case noError = "no error buffer"
        case tinyError = "an error buffer of 1 byte"
        case shortError = "an error buffer of 16 bytes"
    }

    /// What the header promises about the result.
    enum Expectation: Sendable {
        case anything
        /// -EINVAL
        case invalid
        case success
    }

    let signature: EntrySignature
    /// By the argument's place; the others are valid.
    let variants: [Int: Variant]
    let expectation: Expectation
    let label: String

    /// Whether the call takes an opened plugin.
    var needsSelf: Bool {
        signature.arguments.first == "s" && variants[0] != .null
    }

    /// Every call for a plugin of the kind, in the order in which they are made: those without a self, open, those with
    /// a self, close.
    static func all(of kind: PluginKind) -> [DriveCase] {
        let entries = EntrySignature.entries(of: kind)
        let cases = entries.flatMap(cases)
        let isClosing = { (one: DriveCase) in one.signature.name == "close" && one.needsSelf }
        let isOpening = { (one: DriveCase) in one.signature.name == "open" && one.variants.isEmpty }
        let selfless = cases.filter { !$0.needsSelf && !isOpening($0) }
        let opened = cases.filter { $0.needsSelf && !isClosing($0) }
        return selfless + cases.filter(isOpening) + opened + cases.filter(isClosing).prefix(1)
    }

    private static func cases(of signature: EntrySignature) -> [DriveCase] {
        var cases: [DriveCase] = []
        func add(_ variants: [Int: Variant], _ expectation: Expectation, _ label: String) {
            cases.append(
                DriveCase(signature: signature, variants: variants, expectation: expectation, label: label))
        }
        // An entry that runs until it is stopped would not return.
        if signature.limitNanoseconds != nil { add([:], .anything, "valid arguments") }
        for (index, letter) in signature.arguments.enumerated() {
            for (variant, expectation) in hostile(letter) {
                add([index: variant], expectation, "\(meaning(of: letter)): \(variant.rawValue)")
            }
        }
        if let error = signature.arguments.firstIndex(of: "E") {
            for variant in [Variant.noError, .tinyError, .shortError] {
                let label = "\(meaning(of: signature.arguments[0])): NULL, with \(variant.rawValue)"
                add([0: .null, error: variant], .invalid, label)
            }
        }
        return cases
    }

    /// The values that are tried for an argument, and what must come of it.
    private static func hostile(_ letter: Character) -> [(Variant, Expectation)] {
        switch letter {
        case "s", "S", "c": [(.null, .invalid)]
        case "H": [(.null, .invalid), (.zeroSize, .anything)]
        case "P": [(.null, .invalid), (.zeroSize, .anything), (.shortSize, .anything)]
        case "R": [(.null, .invalid), (.zeroSize, .anything), (.hugeCount, .anything), (.beyond, .anything)]
        case "B": [(.null, .invalid), (.zeroSize, .anything), (.unknownType, .anything), (.hugeText, .anything)]
        case "N", "T", "h":
            [
                (.empty, .success), (.hugeCount, .invalid), (.zeroSize, .anything), (.shortSize, .anything),
                (.one, .anything),
            ]
        case "x": [(.empty, .success), (.hugeCount, .invalid)]
        case "K": [(.empty, .anything), (.hugeCount, .invalid), (.zeroSize, .anything)]
        case "y": [(.empty, .success), (.zeroSize, .anything), (.hugeText, .anything), (.hugeCount, .invalid)]
        case "t": [(.null, .invalid), (.empty, .anything), (.hugeText, .anything)]
        case "q", "u": [(.empty, .anything), (.maximum, .anything)]
        case "i": [(.empty, .anything), (.maximum, .anything), (.minimum, .anything)]
        default: []
        }
    }

    private static func meaning(of letter: Character) -> String {
        let names: [Character: String] = [
            "s": "self", "H": "host", "P": "result", "S": "self", "R": "set", "B": "binding", "N": "entries",
            "T": "stats", "c": "count", "K": "records", "t": "text", "q": "workload or generation", "u": "number",
            "i": "number", "w": "time", "h": "holdings", "x": "text", "y": "names",
        ]
        return names[letter] ?? String(letter)
    }
}
