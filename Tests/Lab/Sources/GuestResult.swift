// SPDX-License-Identifier: Apache-2.0

/// What a guest reported: the frames of its runner (guest/labctl.c), sorted by scenario and step.
struct GuestResult {
    struct Step {
        var exit: String?
        var output = ""
        var alerts = ""
    }

    struct Run {
        var began = false
        var milliseconds: Int?
        var errors: [String] = []
        var setupOutput = ""
        var log = ""
        var plugins = ""
        var steps: [Int: Step] = [:]
    }

    private(set) var release = ""
    private(set) var isComplete = false
    private(set) var runs: [Int: Run] = [:]

    /// Reads as far as the frames are whole: a guest that died leaves a part.
    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let head = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let words = String(decoding: rest[..<head], as: UTF8.self).split(separator: " ")
            guard words.count == 5, words[0] == "F", let scenario = Int(words[2]), let step = Int(words[3]),
                let length = Int(words[4]), rest.endIndex - head > length + 1
            else { break }
            let payload = rest[(head + 1)..<(head + 1 + length)]
            take(String(words[1]), scenario, step, String(decoding: payload, as: UTF8.self))
            rest = rest[(head + 2 + length)...]
        }
    }

    private mutating func take(_ kind: String, _ scenario: Int, _ step: Int, _ text: String) {
        switch kind {
        case "boot": release = text
        case "done": isComplete = true
        case "begin": runs[scenario, default: Run()].began = true
        case "end": runs[scenario, default: Run()].milliseconds = Int(text)
        case "error", "note": runs[scenario, default: Run()].errors.append(text)
        case "log": runs[scenario, default: Run()].log = text
        case "plugins": runs[scenario, default: Run()].plugins = text
        case "output" where step == 0: runs[scenario, default: Run()].setupOutput = text
        case "exit": runs[scenario, default: Run()].steps[step, default: Step()].exit = text
        case "output": runs[scenario, default: Run()].steps[step, default: Step()].output = text
        case "alerts": runs[scenario, default: Run()].steps[step, default: Step()].alerts = text
        default: break
        }
    }
}
