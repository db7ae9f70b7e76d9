// SPDX-License-Identifier: Apache-2.0

/// What one input is given to. The names are those of the folders of Tests/Fuzz/Corpus.
enum FuzzTarget: String, CaseIterable {
    /// A policy file: parse, resolve, compile.
    case yaml
    /// A policy file as large as can be, see `ScaleTarget`.
    case scale
    /// A glob and paths: three matchers.
    case globs
    /// A rule set and accesses: two ways to decide.
    case rules

    /// Set once before the first input; libFuzzer runs all inputs on the thread that starts it.
    nonisolated(unsafe) static var chosen = FuzzTarget.yaml

    func run(_ input: UnsafeBufferPointer<UInt8>) {
        switch self {
        case .yaml: YamlTarget.run(String(decoding: input, as: UTF8.self))
        case .scale: ScaleTarget.run(String(decoding: input, as: UTF8.self))
        case .globs: GlobTarget.run(Array(input))
        case .rules: RuleTarget.run(Array(input))
        }
    }
}
